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
/// <param name="ImagesLookedAt">What a look at some of the images showed.</param>
/// <param name="Mended">
/// Usable records that were changed so that they can be used, by what was changed.
/// </param>
internal sealed record SourceReport(
    string Name,
    int RecordsRead,
    int RecordsUsable,
    int Conversations,
    int Images,
    int RecordsMissingImages,
    IReadOnlyList<RejectSummary> Rejected,
    ImageSpotCheck ImagesLookedAt,
    IReadOnlyList<MendSummary> Mended)
{
    /// <summary>
    /// What would stop a blend, were this its only dataset; null if nothing would.
    /// </summary>
    public string? Problem
    {
        get
        {
            if (RecordsUsable == 0)
                return RejectSummary.NothingUsable(Name, RecordsRead, Rejected);
            return ImagesLookedAt.NoneIsUsable ? $"{Name}: {ImagesLookedAt}" : null;
        }
    }

    /// <summary>Counts an index, and looks at some of its images.</summary>
    /// <param name="source">The dataset's index.</param>
    /// <param name="images">The images of all datasets.</param>
    /// <exception cref="IOException">The storage failed.</exception>
    public static SourceReport Of(DatasetIndex source, IImageTable images) => new(
        source.Name,
        source.RecordsRead,
        source.RecordCount,
        source.ConversationCount,
        source.ImageIds.Length,
        source.Rejects.Count(reject => reject.Reason == RejectReason.ImageMissing),
        RejectSummary.Of(source, source.Rejects),
        ImageSpotCheck.Of(source, images),
        source.Mended);
}
