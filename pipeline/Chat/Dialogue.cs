using VisualChat.Model.Errors;
using VisualChat.Pipeline.Errors;

namespace VisualChat.Pipeline.Chat;

/// <summary>
/// A conversation that is put to a model round by round, its own earlier answers in view.
/// </summary>
internal sealed class Dialogue(ChatEngine engine, AnswerSettings settings)
{
    private readonly List<ChatRound> _rounds = [];

    /// <summary>
    /// Asks the next question. If it fails, the conversation is as it was before.
    /// </summary>
    /// <returns>The whole answer.</returns>
    /// <exception cref="InputException">
    /// The conversation is longer than the model reaches.
    /// </exception>
    /// <exception cref="ModelException">The model produced NaN or infinity.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public string Ask(string question, IReadOnlyList<ChatImage> images, CancellationToken cancellation)
    {
        var prompt = new ChatPrompt { Earlier = _rounds, Question = question, Images = images, Settings = settings };
        using ChatAnswer answer = engine.Begin(prompt);
        string text = answer.ReadToEnd(cancellation);
        _rounds.Add(new ChatRound(question, images, text));
        return text;
    }
}
