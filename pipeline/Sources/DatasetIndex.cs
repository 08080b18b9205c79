namespace VisualChat.Pipeline.Sources;

/// <summary>
/// What planning knows of one dataset: columns over its usable records, and how they form
/// conversations. Memory is some tens of bytes a record, whatever the files' size; text and images
/// stay on disk until a shard is made.
/// </summary>
/// <remarks>
/// A conversation is one record, or, where a format relates records over the same images
/// (MIMIC-IT), those records in order; its images are those of its first record. Every usable
/// record belongs to exactly one conversation.
/// </remarks>
internal sealed class DatasetIndex
{
    /// <summary>The dataset's name, as rows name it in <c>sources</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Records found in the files, the rejected ones included.</summary>
    public required int RecordsRead { get; init; }

    /// <summary>
    /// Images that usable records name and that are not there (<c>data.missing_images:
    /// drop-image</c>), counted each time.
    /// </summary>
    public int ImagesDropped { get; init; }

    /// <summary>
    /// Usable records that were changed so that they can be used, by what was changed.
    /// </summary>
    public IReadOnlyList<MendSummary> Mended { get; init; } = [];

    /// <summary>[records] Number of each usable record among those read, ascending.</summary>
    public required int[] RecordOrdinals { get; init; }

    /// <summary>[records] Question and answer rounds of each record, at least 1.</summary>
    public required ushort[] Rounds { get; init; }

    /// <summary>[records] Images shown by each record's first round.</summary>
    public required ushort[] FirstRoundImages { get; init; }

    /// <summary>[records + 1] Where each record's images begin in <see cref="ImageIds"/>.</summary>
    public required int[] ImageStarts { get; init; }

    /// <summary>
    /// Ids in the <see cref="IImageTable"/>, record by record, in the order shown.
    /// </summary>
    public required int[] ImageIds { get; init; }

    /// <summary>
    /// [conversations + 1] Where each conversation's records begin in
    /// <see cref="ConversationRecords"/>.
    /// </summary>
    public required int[] ConversationStarts { get; init; }

    /// <summary>Record rows, conversation by conversation, in order.</summary>
    public required int[] ConversationRecords { get; init; }

    /// <summary>Records that cannot be used, in the order read.</summary>
    public required IReadOnlyList<Reject> Rejects { get; init; }

    /// <summary>The files that the records were read from, in order.</summary>
    public IReadOnlyList<AnnotationFile> Files { get; init; } = [];

    /// <summary>Reads the records' text.</summary>
    public required IRecordReader Reader { get; init; }

    /// <summary>Usable records.</summary>
    public int RecordCount => RecordOrdinals.Length;

    /// <summary>Conversations the usable records form.</summary>
    public int ConversationCount => ConversationStarts.Length - 1;

    /// <summary>Where a record was read, usable or not: <c>FILE[index]</c>.</summary>
    /// <param name="ordinal">Its number among the records read.</param>
    public string PlaceOf(int ordinal)
    {
        AnnotationFile file = Files.LastOrDefault(
            file => file.FirstOrdinal <= ordinal, new AnnotationFile(Name, FirstOrdinal: 0));
        return $"{file.Name}[{ordinal - file.FirstOrdinal}]";
    }

    /// <summary>The records of a conversation, in order.</summary>
    public ReadOnlySpan<int> RecordsOf(int conversation) =>
        ConversationRecords.AsSpan(ConversationStarts[conversation]..ConversationStarts[conversation + 1]);

    /// <summary>The images of a record, in the order shown.</summary>
    public ReadOnlySpan<int> ImagesOf(int record) => ImageIds.AsSpan(ImageStarts[record]..ImageStarts[record + 1]);

    /// <summary>The images of a conversation, in the order shown.</summary>
    public ReadOnlySpan<int> ImagesOfConversation(int conversation) => ImagesOf(RecordsOf(conversation)[0]);
}
