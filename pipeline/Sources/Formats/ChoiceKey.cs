using VisualChat.Pipeline.Randomness;

namespace VisualChat.Pipeline.Sources.Formats;

/// <summary>What a record's open choices depend on, and all they depend on.</summary>
/// <param name="Seed">The recipe's seed.</param>
/// <param name="Dataset">The dataset's name.</param>
/// <param name="Ordinal">The record's number in the dataset.</param>
internal readonly record struct ChoiceKey(long Seed, string Dataset, int Ordinal)
{
    /// <summary>The generator of one choice.</summary>
    public KeyedRandom For(string purpose) => new(Seed, Dataset, Ordinal, purpose);
}
