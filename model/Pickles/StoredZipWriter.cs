using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;

namespace VisualChat.Model.Pickles;

/// <summary>
/// Writes a ZIP archive of uncompressed entries, as <see cref="StoredZip"/> reads it. Each entry's
/// bytes begin at a multiple of 64, as PyTorch's do, so that they can be mapped.
/// </summary>
/// <remarks>
/// .NET's archive writer does not align, and its 64-bit entries have sizes of zero before their
/// bytes. Definition: PKWARE's APPNOTE 6.3. Equal entries give equal bytes: there are no times.
/// </remarks>
/// <param name="output">Receives the archive; it must be seekable.</param>
internal sealed class StoredZipWriter(Stream output)
{
    private const int Alignment = 64;
    private const int LocalBytes = 30;
    private const int ChecksumAt = 14;
    private const ushort Version = 20, Version64 = 45;
    private const ushort Zip64Field = 1;

    // What PyTorch pads with: an extra field "FB".
    private const ushort PaddingField = 0x4246;
    private const int FieldBytes = 4;

    private readonly List<Entry> _entries = [];

    /// <summary>Writes an entry.</summary>
    /// <param name="name">Its name, in ASCII.</param>
    /// <param name="length">How many bytes there are.</param>
    /// <param name="write">Writes them.</param>
    /// <exception cref="ArgumentException">It has written another number of bytes.</exception>
    public void Add(string name, long length, Action<Stream> write)
    {
        var entry = new Entry(name, length, output.Position, Checksum: 0);
        output.Write(LocalHeader(entry));
        var checkedBytes = new CheckedStream(output);
        write(checkedBytes);
        if (checkedBytes.Written != length)
            throw new ArgumentException($"'{name}' has {checkedBytes.Written} bytes, not {length}.", nameof(write));
        entry = entry with { Checksum = checkedBytes.Checksum };
        _entries.Add(entry);
        long end = output.Position;
        output.Position = entry.Offset + ChecksumAt;
        Span<byte> checksum = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(checksum, entry.Checksum);
        output.Write(checksum);
        output.Position = end;
    }

    /// <summary>Writes the directory, which ends the archive.</summary>
    public void Finish()
    {
        long start = output.Position;
        foreach (Entry entry in _entries)
            output.Write(DirectoryEntry(entry));
        long length = output.Position - start;
        bool is64 = start >= uint.MaxValue || length >= uint.MaxValue || _entries.Count >= ushort.MaxValue;
        var end = new Record();
        if (is64)
        {
            long at = output.Position;
            end.U32(0x06064b50).U64(44).U16(Version64).U16(Version64).U32(0).U32(0)
                .U64(_entries.Count).U64(_entries.Count).U64(length).U64(start);
            end.U32(0x07064b50).U32(0).U64(at).U32(1);
        }

        ushort count = is64 ? ushort.MaxValue : (ushort)_entries.Count;
        end.U32(0x06054b50).U16(0).U16(0).U16(count).U16(count)
            .U32(is64 ? uint.MaxValue : length).U32(is64 ? uint.MaxValue : start).U16(0);
        output.Write(end.Bytes);
    }

    private static byte[] LocalHeader(Entry entry)
    {
        var extra = new Record();
        if (entry.IsLarge)
            extra.U16(Zip64Field).U16(2 * sizeof(long)).U64(entry.Length).U64(entry.Length);
        long data = entry.Offset + LocalBytes + entry.Name.Length + extra.Bytes.Length + FieldBytes;
        int padding = (int)((Alignment - (data % Alignment)) % Alignment);
        extra.U16(PaddingField).U16((ushort)padding).Text(new string('Z', padding));
        uint size = entry.IsLarge ? uint.MaxValue : (uint)entry.Length;
        return new Record().U32(0x04034b50).U16(entry.IsLarge ? Version64 : Version).U16(0).U16(0).U16(0).U16(0)
            .U32(entry.Checksum).U32(size).U32(size).U16((ushort)entry.Name.Length).U16((ushort)extra.Bytes.Length)
            .Text(entry.Name).Raw(extra.Bytes).Bytes;
    }

    private static byte[] DirectoryEntry(Entry entry)
    {
        bool isFar = entry.Offset >= uint.MaxValue;
        var wide = new Record();
        if (entry.IsLarge)
            wide.U64(entry.Length).U64(entry.Length);
        if (isFar)
            wide.U64(entry.Offset);
        var extra = new Record();
        if (wide.Bytes.Length > 0)
            extra.U16(Zip64Field).U16((ushort)wide.Bytes.Length).Raw(wide.Bytes);
        ushort version = entry.IsLarge || isFar ? Version64 : Version;
        long size = entry.IsLarge ? uint.MaxValue : entry.Length;
        return new Record().U32(0x02014b50).U16(version).U16(version).U16(0).U16(0).U16(0).U16(0)
            .U32(entry.Checksum).U32(size).U32(size).U16((ushort)entry.Name.Length).U16((ushort)extra.Bytes.Length)
            .U16(0).U16(0).U16(0).U32(0).U32(isFar ? uint.MaxValue : entry.Offset)
            .Text(entry.Name).Raw(extra.Bytes).Bytes;
    }

    private sealed record Entry(string Name, long Length, long Offset, uint Checksum)
    {
        /// <summary>Whether its length takes 64 bits.</summary>
        public bool IsLarge => Length >= uint.MaxValue;
    }

    /// <summary>Little-endian numbers one after the other.</summary>
    private sealed class Record
    {
        private readonly List<byte> _bytes = [];

        public byte[] Bytes => [.. _bytes];

        public Record U16(ushort value) => Number(value, sizeof(ushort));

        public Record U32(long value) => Number(value, sizeof(uint));

        public Record U64(long value) => Number(value, sizeof(long));

        public Record Text(string ascii) => Raw(Encoding.ASCII.GetBytes(ascii));

        public Record Raw(byte[] bytes)
        {
            _bytes.AddRange(bytes);
            return this;
        }

        private Record Number(long value, int bytes)
        {
            Span<byte> wide = stackalloc byte[sizeof(long)];
            BinaryPrimitives.WriteInt64LittleEndian(wide, value);
            _bytes.AddRange(wide[..bytes]);
            return this;
        }
    }

    /// <summary>Passes bytes on, counted and with their checksum.</summary>
    private sealed class CheckedStream(Stream output) : Stream
    {
        private readonly Crc32 _checksum = new();

        public long Written { get; private set; }

        public uint Checksum => _checksum.GetCurrentHashAsUInt32();

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            _checksum.Append(buffer);
            Written += buffer.Length;
            output.Write(buffer);
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Flush() => output.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
