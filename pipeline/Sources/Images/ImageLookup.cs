namespace VisualChat.Pipeline.Sources.Images;

/// <summary>What became of an image key.</summary>
/// <param name="Path">Where the image is or should be, relative to the data root.</param>
/// <param name="Entry">The image's number in its container, if the container counts.</param>
/// <param name="Length">Bytes of the encoded image.</param>
/// <param name="Problem">Why the image cannot be used; null if it can.</param>
/// <param name="Detail">What exactly is wrong.</param>
/// <param name="Holder">
/// The container that reads the image, if it is not the one that was asked.
/// </param>
internal readonly record struct ImageLookup(
    string Path,
    int Entry,
    long Length,
    RejectReason? Problem = null,
    string Detail = "",
    ImageContainer? Holder = null);
