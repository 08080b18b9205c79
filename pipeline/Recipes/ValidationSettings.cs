namespace VisualChat.Pipeline.Recipes;

/// <summary>The recipe's <c>data.validation</c>.</summary>
public sealed record ValidationSettings
{
    /// <summary>Share held out, in [0, 1).</summary>
    public double Fraction { get; init; } = 0.1;

    /// <summary>What must not be on both sides.</summary>
    public SplitBy By { get; init; } = SplitBy.Sample;
}
