namespace VisualChat.Pipeline.Sources.Formats;

/// <summary>An image that is an object in the file.</summary>
/// <param name="Path">A path, an address or a data URI.</param>
/// <param name="Bytes">
/// A data URI of the encoded image, which counts more than a path beside it.
/// </param>
internal readonly record struct DraftImage(TextSlice Path, TextSlice Bytes)
{
    public static DraftImage Empty { get; } = new(TextSlice.None, TextSlice.None);
}
