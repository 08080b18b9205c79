namespace VisualChat.Pipeline.Sources.Formats;

/// <summary>A text in a <see cref="RecordDraft"/>'s buffer.</summary>
/// <param name="Start">First byte.</param>
/// <param name="Length">Bytes; negative: no text.</param>
internal readonly record struct TextSlice(int Start, int Length)
{
    /// <summary>Stands where no text is.</summary>
    public static TextSlice None { get; } = new(0, -1);

    /// <summary>Whether there is a text; it may be empty.</summary>
    public bool Exists => Length >= 0;
}
