using System.Text.Json.Serialization;

namespace VisualChat.Pipeline.Shards;

/// <summary>Where a dataset's records went: <c>read = drawn + rejected + not_drawn</c>.</summary>
internal sealed record RecordCounts
{
    /// <summary>Records found in the files.</summary>
    public required int Read { get; init; }

    /// <summary>Records with at least one round in a shard.</summary>
    public required int Drawn { get; init; }

    /// <summary>Records left out, by reason.</summary>
    public required SortedDictionary<string, int> Rejected { get; init; }

    /// <summary>
    /// Usable records, drawn or not, that were changed so that they can be used, by what was
    /// changed: an image mark moved, a system text left out. A record may be in several counts.
    /// Null, and not in the manifest, if there are none.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SortedDictionary<string, int>? Mended { get; init; }

    /// <summary>Usable records that are in no planned sample.</summary>
    public required int NotDrawn { get; init; }

    /// <summary>
    /// Missing images that usable records name, left out of them
    /// (<c>missing_images: drop-image</c>).
    /// </summary>
    public required int ImagesDropped { get; init; }
}
