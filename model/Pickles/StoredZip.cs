using System.Buffers.Binary;
using System.Text;
using VisualChat.Model.TensorFiles;

namespace VisualChat.Model.Pickles;

/// <summary>
/// Where the files of a ZIP archive lie if they are stored uncompressed, as PyTorch stores them.
/// Definition: PKWARE's APPNOTE 6.3.
/// </summary>
/// <remarks>
/// .NET's archive reader does not tell where an entry's bytes are, and they are to be mapped, not
/// read.
/// </remarks>
internal static class StoredZip
{
    private const uint EndSignature = 0x06054b50;
    private const uint End64Signature = 0x06064b50;
    private const uint Locator64Signature = 0x07064b50;
    private const uint EntrySignature = 0x02014b50;
    private const uint LocalSignature = 0x04034b50;

    private const int EndBytes = 22;
    private const int Locator64Bytes = 20;
    private const int End64Bytes = 56;
    private const int EntryBytes = 46;
    private const int LocalBytes = 30;
    private const int MaxCommentBytes = ushort.MaxValue;

    // A directory of a million files: some 60 bytes each.
    private const long MaxDirectoryBytes = 1 << 26;
    private const ushort Zip64Field = 1;

    /// <summary>Each entry's first byte and length, by name.</summary>
    /// <exception cref="InvalidDataException">
    /// The file is not an archive, or an entry is compressed or encrypted.
    /// </exception>
    public static IReadOnlyDictionary<string, ByteRange> Read(Stream file)
    {
        (long start, long length, long count) = Directory(file);
        byte[] directory = Read(file, start, length);
        var entries = new Dictionary<string, ByteRange>();
        int at = 0;
        for (long index = 0; index < count; index++)
        {
            if (directory.Length - at < EntryBytes)
                throw Broken();
            ReadOnlySpan<byte> entry = directory.AsSpan(at);
            (int nameBytes, int extraBytes, int commentBytes) = (U16(entry, 28), U16(entry, 30), U16(entry, 32));
            int total = EntryBytes + nameBytes + extraBytes + commentBytes;
            if (U32(entry, 0) != EntrySignature || entry.Length < total)
                throw Broken();
            string name = Encoding.UTF8.GetString(entry.Slice(EntryBytes, nameBytes));
            bool isCompressed = U16(entry, 10) != 0;
            bool isEncrypted = (U16(entry, 8) & 1) != 0;
            if (isCompressed || isEncrypted)
            {
                throw new InvalidDataException(
                    $"its '{name}' is compressed or encrypted, which PyTorch's files are not");
            }

            if (!entries.TryAdd(name, Contents(file, entry, entry.Slice(EntryBytes + nameBytes, extraBytes))))
                throw new InvalidDataException($"'{name}' is in it twice");
            at += total;
        }

        return entries;
    }

    private static ByteRange Contents(
        Stream file, ReadOnlySpan<byte> entry, ReadOnlySpan<byte> extra)
    {
        (long bytes, long local) = Sizes(entry, extra);
        byte[] header = Read(file, local, LocalBytes);
        if (U32(header, 0) != LocalSignature)
            throw Broken();
        long data = local + LocalBytes + U16(header, 26) + U16(header, 28); // local: within the file.
        return bytes >= 0 && data <= file.Length - bytes ? new ByteRange(data, bytes) : throw Broken();
    }

    private static (long Start, long Length, long Count) Directory(Stream file)
    {
        long tailBytes = Math.Min(file.Length, EndBytes + MaxCommentBytes);
        byte[] tail = Read(file, file.Length - tailBytes, tailBytes);
        for (int at = tail.Length - EndBytes; at >= 0; at--)
        {
            ReadOnlySpan<byte> end = tail.AsSpan(at);
            if (U32(end, 0) != EndSignature || U16(end, 20) != end.Length - EndBytes)
                continue;
            (uint start, uint length, ushort count) = (U32(end, 16), U32(end, 12), U16(end, 10));
            if (start != uint.MaxValue && length != uint.MaxValue && count != ushort.MaxValue)
                return (start, length, count);
            if (at < Locator64Bytes || U32(tail, at - Locator64Bytes) != Locator64Signature)
                throw Broken();
            byte[] end64 = Read(file, (long)U64(tail, at - Locator64Bytes + 8), End64Bytes);
            if (U32(end64, 0) != End64Signature)
                throw Broken();
            return ((long)U64(end64, 48), (long)U64(end64, 40), (long)U64(end64, 32));
        }

        throw Broken();
    }

    // A 32-bit size that is all ones stands in an extra field, in 64 bits. The order there is:
    // size, stored size, offset of the local header.
    private static (long Bytes, long Local) Sizes(ReadOnlySpan<byte> entry, ReadOnlySpan<byte> extra)
    {
        (long stored, long size, long local) = (U32(entry, 20), U32(entry, 24), U32(entry, 42));
        while (extra.Length >= 4)
        {
            int length = U16(extra, 2);
            if (length > extra.Length - 4)
                throw Broken();
            if (U16(extra, 0) == Zip64Field)
            {
                ReadOnlySpan<byte> wide = extra.Slice(4, length);
                if (size == uint.MaxValue)
                    size = Take(ref wide);
                if (stored == uint.MaxValue)
                    stored = Take(ref wide);
                if (local == uint.MaxValue)
                    local = Take(ref wide);
            }

            extra = extra[(4 + length)..];
        }

        return stored == size ? (size, local) : throw Broken();
    }

    private static long Take(ref ReadOnlySpan<byte> wide)
    {
        if (wide.Length < sizeof(long))
            throw Broken();
        long value = (long)U64(wide, 0);
        wide = wide[sizeof(long)..];
        return value;
    }

    private static byte[] Read(Stream file, long start, long length)
    {
        if (start < 0 || length < 0 || length > MaxDirectoryBytes || start > file.Length - length)
            throw Broken();
        byte[] bytes = new byte[length];
        file.Position = start;
        file.ReadExactly(bytes);
        return bytes;
    }

    private static InvalidDataException Broken() => new("it is not a ZIP archive, or is cut off");

    private static ushort U16(ReadOnlySpan<byte> bytes, int at) =>
        BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint U32(ReadOnlySpan<byte> bytes, int at) =>
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static ulong U64(ReadOnlySpan<byte> bytes, int at) =>
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]);
}
