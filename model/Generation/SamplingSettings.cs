using VisualChat.Model.Errors;

namespace VisualChat.Model.Generation;

/// <summary>
/// How the next token is chosen, with the names and meanings of transformers' generation settings.
/// </summary>
public sealed record SamplingSettings
{
    /// <summary>Logits are divided by it; 0: always the likeliest token.</summary>
    public double Temperature { get; init; }

    /// <summary>
    /// Only this many of the likeliest tokens stay, and those as likely as the last of them; 0:
    /// all.
    /// </summary>
    public int TopK { get; init; }

    /// <summary>
    /// After top-k, only the likeliest tokens that together reach this probability stay; 1: all.
    /// </summary>
    public double TopP { get; init; } = 1;

    /// <summary>
    /// Logits of ids that were seen, in the prompt too, are divided by it if positive and
    /// multiplied if negative; 1: no change.
    /// </summary>
    public double RepetitionPenalty { get; init; } = 1;

    /// <summary>The most tokens of an answer.</summary>
    public int MaxNewTokens { get; init; } = 512;

    /// <summary>Decides every choice, together with the token's ordinal in its answer.</summary>
    public long Seed { get; init; }

    /// <summary>The same settings, if they are valid.</summary>
    /// <exception cref="ModelException">They are not; every problem is listed.</exception>
    public SamplingSettings Checked()
    {
        List<string> problems = [];
        Require(
            Temperature is >= 0 and < double.PositiveInfinity,
            $"The temperature is {Temperature}; it must be 0 or more.");
        Require(TopK >= 0, $"Top-k is {TopK}; it must be 0 (all) or more.");
        Require(TopP is > 0 and <= 1, $"Top-p is {TopP}; it must be above 0 and at most 1.");
        Require(
            RepetitionPenalty is > 0 and < double.PositiveInfinity,
            $"The repetition penalty is {RepetitionPenalty}; it must be above 0.");
        Require(MaxNewTokens > 0, $"At most {MaxNewTokens} new tokens are asked for; it must be at least 1.");
        return problems.Count == 0 ? this : throw new ModelException(problems);

        void Require(bool holds, string problem)
        {
            if (!holds)
                problems.Add(problem);
        }
    }
}
