using VisualChat.Pipeline.Features;

namespace VisualChat.Pipeline.DataLoading;

/// <summary>What images shards have.</summary>
/// <param name="Shown">Images of all samples.</param>
/// <param name="Distinct">Images that differ.</param>
/// <param name="Missing">Of the distinct ones, those that were asked for and are not there.</param>
/// <param name="FirstMissing">The first of them, for messages; null: none is missing.</param>
internal sealed record ImageCensus(
    long Shown, int Distinct, IReadOnlySet<ImageKey> Missing, string? FirstMissing);
