using VisualChat.Model.Errors;
using VisualChat.Model.Generation;
using VisualChat.Pipeline.Errors;

namespace VisualChat.Pipeline.Chat;

/// <summary>How an answer is made. With the conversation and the model it decides the text.</summary>
public sealed record AnswerSettings
{
    /// <summary>How tokens are chosen, and how many.</summary>
    public SamplingSettings Sampling { get; init; } = new();

    /// <summary>Texts that end the answer and are no part of it. The beginning of another turn does so always.</summary>
    public IReadOnlyList<string> Stops { get; init; } = [];

    /// <summary>The same settings, if they can be followed.</summary>
    /// <exception cref="InputException">They cannot; every problem is listed.</exception>
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
