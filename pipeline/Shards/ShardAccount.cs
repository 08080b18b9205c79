using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Shards;

/// <summary>
/// What one finished shard holds, and what was left out while it was made. The account stays beside
/// the shards until the manifest is written from all accounts.
/// </summary>
internal sealed record ShardAccount
{
    /// <summary>
    /// The plan the shard belongs to (<see cref="Planning.BlendPlan.Fingerprint"/>).
    /// </summary>
    public required string Plan { get; init; }

    /// <summary>The shard's file under the output folder, with forward slashes.</summary>
    public required string Path { get; init; }

    public required int Rows { get; init; }

    public required long Bytes { get; init; }

    /// <summary>SHA-256 of the file, in hex.</summary>
    public required string Sha256 { get; init; }

    /// <summary>What each recipe entry has in it, by name.</summary>
    public required SortedDictionary<string, SampleCounts> Entries { get; init; }

    /// <summary>What each dataset has in it, by name.</summary>
    public required SortedDictionary<string, SampleCounts> Sources { get; init; }

    /// <summary>Rounds cut off the end of records that are otherwise used.</summary>
    public required int RoundsDropped { get; init; }

    /// <summary>Answers that lost their end to <c>data.max_turn_tokens</c>.</summary>
    public int AnswersCut { get; init; }

    /// <summary>
    /// Records of which a planned sample could use nothing, listed once for each such sample.
    /// </summary>
    public required IReadOnlyList<Reject> Rejects { get; init; }
}
