namespace VisualChat.Pipeline.Samples;

/// <summary>
/// One image of a row: Hugging Face's <c>struct&lt;bytes, path&gt;</c>. Equal to another of equal
/// bytes and path.
/// </summary>
/// <param name="Bytes">The encoded image, prepared or as it was.</param>
/// <param name="Path">
/// Where it came from, relative to the data root; inside a file, <c>FILE#id</c>.
/// </param>
internal sealed record RowImage(ReadOnlyMemory<byte> Bytes, string Path)
{
    public bool Equals(RowImage? other) => other is not null && Path == other.Path && Bytes.Span.SequenceEqual(other.Bytes.Span);

    public override int GetHashCode() => HashCode.Combine(Bytes.Length, Path);
}
