using System.Threading.Channels;
using VisualChat.Pipeline.Chat;

namespace VisualChat.Pipeline.Serving.Scheduling;

/// <summary>
/// A client's place with the model: taken before anything of its request is read, left by disposing of it, whereupon the next client may come in at once and
/// whatever is being computed for this one ends at its next step.
/// </summary>
internal sealed class Place : IDisposable
{
    private readonly ModelThread _thread;

    // As long as an answer at most: a slow reader never holds up the model.
    private readonly Channel<string> _pieces = Channel.CreateUnbounded<string>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
    private int _isLeft;

    internal Place(ModelThread thread) => _thread = thread;

    /// <summary>The answer's text as it comes; it ends with the exception that ended the answer, if one did.</summary>
    public ChannelReader<string> Pieces => _pieces.Reader;

    /// <summary>How the answer ended; null before <see cref="Pieces"/> did.</summary>
    public AnswerSummary? Summary { get; private set; }

    internal ChatPrompt? Prompt { get; private set; }

    internal bool IsLeft => Volatile.Read(ref _isLeft) != 0;

    /// <summary>Asks. Once.</summary>
    public void Ask(ChatPrompt prompt)
    {
        if (Prompt is not null)
            throw new InvalidOperationException("A place is for one question.");
        Prompt = prompt;
        _thread.Enqueue(this);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isLeft, 1) == 0)
            _thread.Leave(this);
    }

    internal void Give(string piece) => _ = _pieces.Writer.TryWrite(piece);

    internal void Complete(AnswerSummary summary)
    {
        Summary = summary;
        _ = _pieces.Writer.TryComplete();
    }

    internal void Fail(Exception exception) => _ = _pieces.Writer.TryComplete(exception);
}
