namespace VisualChat.Pipeline.Inspection;

/// <summary>What a split holds.</summary>
/// <param name="Split">Its name.</param>
/// <param name="Shards">Its files.</param>
/// <param name="Bytes">Their size.</param>
/// <param name="Total">All of it.</param>
/// <param name="Datasets">By recipe entry, in order of name.</param>
/// <param name="Sources">By dataset, in order of name.</param>
/// <param name="Lengths">Histogram of sample lengths, without the empty bars at its ends.</param>
internal sealed record SplitSummary(
    string Split,
    int Shards,
    long Bytes,
    DatasetSummary Total,
    IReadOnlyList<DatasetSummary> Datasets,
    IReadOnlyList<SourceSummary> Sources,
    IReadOnlyList<LengthBin> Lengths)
{
    /// <summary>Name of <see cref="Total"/>.</summary>
    public const string TotalName = "all";
}
