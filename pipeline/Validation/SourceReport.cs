using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Validation;

/// <summary>What one dataset holds.</summary>
/// <param name="Name">The dataset.</param>
/// <param name="RecordsRead">Records found in its files.</param>
/// <param name="RecordsUsable">
/// Records that can be blended, so far as the index can tell: images are not decoded.
/// </param>
/// <param name="Conversations">Conversations these form.</param>
/// <param name="Images">Images they show, each time one is shown.</param>
/// <param name="RecordsMissingImages">Records left out because an image is not there.</param>
/// <param name="Rejected">Records left out, by reason, the most frequent first.</param>
internal sealed record SourceReport(
    string Name,
    int RecordsRead,
    int RecordsUsable,
    int Conversations,
    int Images,
    int RecordsMissingImages,
    IReadOnlyList<KeyValuePair<string, int>> Rejected)
{
    /// <summary>Counts an index.</summary>
    public static SourceReport Of(DatasetIndex source) => new(
        source.Name,
        source.RecordsRead,
        source.RecordCount,
        source.ConversationCount,
        source.ImageIds.Length,
        source.Rejects.Count(reject => reject.Reason == RejectReason.ImageMissing),
        [
            .. source.Rejects
                .GroupBy(reject => reject.Reason)
                .OrderByDescending(group => group.Count())
                .ThenBy(group => group.Key)
                .Select(group => KeyValuePair.Create(group.Key.ToName(), group.Count())),
        ]);
}
