namespace VisualChat.Pipeline.Sources.Formats;

/// <summary>A text in the buffer of a <see cref="RecordDraft"/>.</summary>
/// <param name="Start">First byte.</param>
/// <param name="Length">Bytes; negative if there is no text.</param>
internal readonly record struct TextSlice(int Start, int Length)
{
    public static TextSlice None { get; } = new(0, -1);

    /// <summary>Whether there is a text, which may be empty.</summary>
    public bool Exists => Length >= 0;
}
