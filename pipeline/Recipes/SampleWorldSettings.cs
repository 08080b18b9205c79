using VisualChat.Pipeline.Recipes.Keys;

namespace VisualChat.Pipeline.Recipes;

/// <summary>
/// The recipe's <c>data.sample_world</c>: the synthetic data that stands in for a data root.
/// </summary>
internal sealed record SampleWorldSettings
{
    /// <summary>What a world has when nothing else is asked for.</summary>
    public static SampleWorldSettings Default { get; } = new();

    [Meaning("Records over all its datasets.")]
    [Range(From = 1, To = 100_000_000)]
    [Fingerprint(15, Name = "world_samples")]
    public int Samples { get; init; } = 2000;

    [Meaning("The seed it is drawn from.")]
    [Written(Order = 1)]
    [Fingerprint(16, Name = "world_seed")]
    public long Seed { get; init; } = 1;

    [Meaning(
        "Most objects in a picture that LLaVA's sets and CGD speak of: " +
        "few for a model that starts from nothing.")]
    [Range(From = 1, To = 8)]
    [Fingerprint(17, Name = "world_objects", UnlessDefault = true)]
    public int Objects { get; init; } = 5;

    [Meaning(
        "The share of its records that describe a picture. " +
        "They name every object: a model learns to see from them.")]
    [Range(From = 0.01, To = 0.9)]
    [Fingerprint(18, Name = "world_descriptions", UnlessDefault = true)]
    public double Descriptions { get; init; } = 0.1;

    [Meaning(
        "The share of LLaVA's dialogues that answer in a word or two. " +
        "Little but what is seen is left to learn from them.")]
    [Range(From = 0, To = 1)]
    [Fingerprint(19, Name = "world_brief", UnlessDefault = true)]
    public double Brief { get; init; } = 0.5;

    [Meaning(
        "The share of LLaVA's dialogues whose first round describes the picture. " +
        "From them a decoder that sees no images learns to read facts and answer of them.")]
    [Range(From = 0, To = 1), Written(When = nameof(HasDescribed))]
    [Fingerprint(22, Name = "world_described", UnlessDefault = true)]
    public double Described { get; init; }

    public bool HasDescribed => Described > 0;
}
