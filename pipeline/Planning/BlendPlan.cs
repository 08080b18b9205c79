using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Planning;

/// <summary>
/// Which records go into which sample, and which samples into which shard: a pure function of the
/// indexes, the recipe and the seed.
/// </summary>
internal sealed record BlendPlan
{
    /// <summary>All samples, entry by entry.</summary>
    public required SampleTable Samples { get; init; }

    /// <summary>The recipe's entries in order, with the samples of each.</summary>
    public required IReadOnlyList<PlannedEntry> Entries { get; init; }

    /// <summary>The shards, training first.</summary>
    public required IReadOnlyList<PlannedShard> Shards { get; init; }

    /// <summary>
    /// Records that the plan leaves out: their first round has more images than the recipe allows.
    /// </summary>
    public required IReadOnlyList<Reject> Rejects { get; init; }

    /// <summary>[datasets][records] How many samples a record is in.</summary>
    public required int[][] Occurrences { get; init; }

    /// <summary>Images that the samples show, each counted once.</summary>
    public required int DistinctImages { get; init; }

    /// <summary>
    /// Conversations left out because their images are on both sides of a split by image.
    /// </summary>
    public required int StraddlingConversations { get; init; }

    /// <summary>
    /// SHA-256 (hex) of everything above: two plans with the same fingerprint make the same shards
    /// from the same data.
    /// </summary>
    public required string Fingerprint { get; init; }
}
