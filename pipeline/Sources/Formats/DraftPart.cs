namespace VisualChat.Pipeline.Sources.Formats;

/// <summary>A part of a message's content as it stands in the file.</summary>
/// <param name="Text">What is said.</param>
/// <param name="Image">The key of an image.</param>
internal readonly record struct DraftPart(TextSlice Text, TextSlice Image)
{
    public static DraftPart Empty { get; } = new(TextSlice.None, TextSlice.None);
}
