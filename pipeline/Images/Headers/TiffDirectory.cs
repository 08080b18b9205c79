using System.Buffers.Binary;

namespace VisualChat.Pipeline.Images.Headers;

/// <summary>
/// The first directory of a TIFF structure (TIFF 6.0, section 2): the fields of an image, or EXIF
/// data. Reading outside the structure throws what slicing throws.
/// </summary>
internal readonly ref struct TiffDirectory
{
    private const int FieldBytes = 12;
    private const int Short = 3;

    private readonly ReadOnlySpan<byte> _tiff;
    private readonly ReadOnlySpan<byte> _fields;
    private readonly bool _isLittleEndian;

    public TiffDirectory(ReadOnlySpan<byte> tiff)
    {
        _tiff = tiff;
        _isLittleEndian = tiff[0] == 'I';
        ReadOnlySpan<byte> directory = From(ReadUInt32(tiff[4..], _isLittleEndian));
        Count = ReadUInt16(directory, _isLittleEndian);
        _fields = directory[2..];
    }

    /// <summary>Fields.</summary>
    public int Count { get; }

    public TiffField this[int index]
    {
        get
        {
            ReadOnlySpan<byte> field = _fields.Slice(FieldBytes * index, FieldBytes);
            bool isShort = ReadUInt16(field[2..], _isLittleEndian) == Short;
            uint count = ReadUInt32(field[4..], _isLittleEndian);

            // Up to 4 bytes of values stand in the field itself.
            ReadOnlySpan<byte> values = (isShort ? 2L : 4L) * count <= 4
                ? field[8..]
                : From(ReadUInt32(field[8..], _isLittleEndian));
            return new TiffField(ReadUInt16(field, _isLittleEndian), isShort, count, values, _isLittleEndian);
        }
    }

    /// <summary>How many values a field says it has, its place unread.</summary>
    public uint CountOf(int index) => ReadUInt32(_fields[((FieldBytes * index) + 4)..], _isLittleEndian);

    /// <summary>The last field of a tag; one of no values if there is none.</summary>
    public TiffField Find(int tag)
    {
        TiffField found = default;
        for (int index = 0; index < Count; index++)
        {
            if (ReadUInt16(_fields[(FieldBytes * index)..], _isLittleEndian) == tag)
                found = this[index];
        }

        return found;
    }

    public static int ReadUInt16(ReadOnlySpan<byte> bytes, bool isLittleEndian) => isLittleEndian
        ? BinaryPrimitives.ReadUInt16LittleEndian(bytes)
        : BinaryPrimitives.ReadUInt16BigEndian(bytes);

    public static uint ReadUInt32(ReadOnlySpan<byte> bytes, bool isLittleEndian) => isLittleEndian
        ? BinaryPrimitives.ReadUInt32LittleEndian(bytes)
        : BinaryPrimitives.ReadUInt32BigEndian(bytes);

    private ReadOnlySpan<byte> From(uint offset) => _tiff[(int)Math.Min(int.MaxValue, offset)..];
}
