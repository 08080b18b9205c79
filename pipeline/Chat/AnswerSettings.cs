using VisualChat.Model.Errors;
using VisualChat.Model.Generation;
using VisualChat.Pipeline.Errors;

namespace VisualChat.Pipeline.Chat;

/// <summary>
/// How an answer is made. Conversation, model and settings together decide its text.
/// </summary>
internal sealed record AnswerSettings
{
    /// <summary>How tokens are chosen, and how many.</summary>
    public SamplingSettings Sampling { get; init; } = new();

    /// <summary>
    /// Texts that end the answer and are not part of it. Another round's beginning always does.
    /// </summary>
    public IReadOnlyList<string> Stops { get; init; } = [];

    /// <summary>Returns the same settings if they are valid.</summary>
    /// <exception cref="InputException">They are not; every problem is listed.</exception>
    public AnswerSettings Checked()
    {
        List<string> problems = [];
        try
        {
            _ = Sampling.Checked();
        }
        catch (ModelException exception)
        {
            problems.AddRange(exception.Problems);
        }

        if (Stops.Contains(""))
            problems.Add("A stop string is empty; it must have at least one character.");
        return problems.Count == 0 ? this : throw new InputException(problems);
    }
}
