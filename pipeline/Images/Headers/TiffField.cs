namespace VisualChat.Pipeline.Images.Headers;

/// <summary>One field of a TIFF directory, its values read where they lie.</summary>
internal readonly ref struct TiffField(
    int tag, bool isShort, uint count, ReadOnlySpan<byte> values, bool isLittleEndian)
{
    private readonly ReadOnlySpan<byte> _values = values;

    public int Tag => tag;

    /// <summary>How many values it says it has; 0: the directory has no such field.</summary>
    public uint Count => count;

    /// <summary>The bytes from its first value on.</summary>
    public ReadOnlySpan<byte> Bytes => _values;

    /// <summary>A value of 16 bits, or of 32 bits for every other type.</summary>
    public uint this[int index] => isShort
        ? (uint)TiffDirectory.ReadUInt16(_values[(2 * index)..], isLittleEndian)
        : TiffDirectory.ReadUInt32(_values[(4 * index)..], isLittleEndian);
}
