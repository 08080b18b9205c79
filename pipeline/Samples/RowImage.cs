namespace VisualChat.Pipeline.Samples;

/// <summary>
/// One image of a row: Hugging Face's <c>struct&lt;bytes, path&gt;</c>. Two images are equal if
/// their bytes and paths are.
/// </summary>
/// <param name="Bytes">The encoded image, prepared or as it was.</param>
/// <param name="Path">
/// Where it came from, relative to the data root; <c>FILE#id</c> for an image inside a file.
/// </param>
internal sealed record RowImage(ReadOnlyMemory<byte> Bytes, string Path)
{
    public bool Equals(RowImage? other) =>
        other is not null
        && Path == other.Path
        && Bytes.Span.SequenceEqual(other.Bytes.Span);

    public override int GetHashCode() => HashCode.Combine(Bytes.Length, Path);
}
