using System.Threading.Channels;
using VisualChat.Pipeline.Chat;

namespace VisualChat.Pipeline.Serving.Scheduling;

/// <summary>
/// A client's place with the model. It is taken when the request is whole, and left when the
/// answer is computed, however slowly the client reads it. Disposing of it lets the next client in
/// at once; its answer ends with the current step.
/// </summary>
internal sealed class Place(ModelThread thread) : IDisposable
{
    // Unbounded, but never longer than an answer: a slow reader does not hold up the model.
    private readonly Channel<string> _pieces = Channel.CreateUnbounded<string>(
        new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });

    private int _isLeft;

    /// <summary>
    /// The answer's text as it is computed. If an exception ended the answer, reading throws it.
    /// </summary>
    public ChannelReader<string> Pieces => _pieces.Reader;

    /// <summary>How the answer ended; null until <see cref="Pieces"/> has.</summary>
    public AnswerSummary? Summary { get; private set; }

    /// <summary>What was asked; null until <see cref="Ask"/>.</summary>
    public ChatPrompt? Prompt { get; private set; }

    public bool IsLeft => Volatile.Read(ref _isLeft) != 0;

    /// <summary>Asks for the answer, once.</summary>
    public void Ask(ChatPrompt prompt)
    {
        if (Prompt is not null)
            throw new InvalidOperationException("A place is for one question.");
        Prompt = prompt;
        thread.Enqueue(this);
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isLeft, 1) == 0)
            thread.Leave(this);
    }

    /// <summary>Hands a piece of the answer to its reader.</summary>
    public void Write(string piece) => _ = _pieces.Writer.TryWrite(piece);

    public void Complete(AnswerSummary summary)
    {
        Summary = summary;
        _ = _pieces.Writer.TryComplete();
        Dispose();
    }

    public void Fail(Exception exception)
    {
        _ = _pieces.Writer.TryComplete(exception);
        Dispose();
    }
}
