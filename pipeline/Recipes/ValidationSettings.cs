using VisualChat.Pipeline.Recipes.Keys;

namespace VisualChat.Pipeline.Recipes;

/// <summary>The recipe's <c>data.validation</c>.</summary>
internal sealed record ValidationSettings
{
    [Meaning("The share held out.")]
    [Range(From = 0, Below = 1)]
    [Fingerprint(12)]
    public double Fraction { get; init; } = 0.1;

    [Meaning("What must not be on both sides: a sample, or an image with all samples that show it.")]
    [Fingerprint(13)]
    public SplitBy By { get; init; } = SplitBy.Sample;
}
