namespace VisualChat.Pipeline.Recipes;

/// <summary>The recipe's <c>data.sample_world</c>: the synthetic data that stands in for a data root.</summary>
public sealed record SampleWorldSettings
{
    /// <summary>Records over all its datasets.</summary>
    public int Samples { get; init; } = 2000;

    /// <summary>Most objects in a picture of <c>coco</c>, of which LLaVA's sets and CGD speak.</summary>
    public int Objects { get; init; } = SampleWorld.Comparison.MostObjects;

    /// <summary>The share of its records that describe a picture.</summary>
    public double Descriptions { get; init; } = SampleWorld.SampleCounts.DescriptionShare;

    /// <summary>The share of LLaVA's dialogues that answer in short.</summary>
    public double Brief { get; init; } = SampleWorld.PictureRounds.BriefShare;

    /// <summary>The seed it is drawn from.</summary>
    public long Seed { get; init; } = 1;
}
