using VisualChat.Pipeline.Images;

namespace VisualChat.Pipeline.Sources;

/// <summary>
/// A record, or an image it shows, cannot be used. Caught where records are counted; never reaches
/// a user as an error.
/// </summary>
internal sealed class RecordRejectedException(RejectReason reason, string detail)
    : Exception($"{reason.ToName()}: {detail}")
{
    /// <summary>The reject of a record that shows an unusable image.</summary>
    /// <param name="path">The image's path, as rows show it.</param>
    /// <param name="image">What is wrong with it.</param>
    internal RecordRejectedException(string path, UnusableImageException image)
        : this(ReasonOf(image.Problem), $"{path}: {image.Detail}")
    {
    }

    /// <summary>Why.</summary>
    public RejectReason Reason { get; } = reason;

    /// <summary>What exactly.</summary>
    public string Detail { get; } = detail;

    private static RejectReason ReasonOf(ImageProblem problem) => problem switch
    {
        ImageProblem.Empty => RejectReason.ImageEmpty,
        ImageProblem.NotAnImage => RejectReason.NotAnImage,
        ImageProblem.TooLarge => RejectReason.ImageTooLarge,
        _ => RejectReason.ImageDamaged,
    };
}
