using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using Parquet.Meta;

namespace VisualChat.Pipeline.Sources.Files;

/// <summary>
/// Walks one column chunk of byte strings, a page at a time: memory is the largest page and the dictionary, never the row group.
/// Parquet.Net's column reader would decode the whole chunk into UTF-16 strings, and pandas writes whole files as one row group.
/// Encodings: plain and dictionary, in data pages of both versions, required or optional.
/// </summary>
internal sealed class ParquetColumnScanner
{
    private const int PlainDictionary = 2;
    private const int RleDictionary = 8;
    private const int HeaderBytesAtMost = 64 << 10;

    private readonly SafeFileHandle _handle;
    private readonly CompressionCodec _codec;
    private readonly bool _optional;
    private readonly long _end;
    private readonly long _longestPage;
    private readonly List<(int Start, int Length)> _dictionary = [];
    private readonly List<(int Start, int Length)> _values = [];
    private byte[] _page = [];
    private byte[] _dictionaryPage = [];
    private byte[] _compressed = [];
    private bool _pageIsDictionary;
    private ParquetPage _dictionaryPlace;
    private ParquetPage _place;
    private long _at;
    private long _remaining;
    private int _next;

    /// <summary>A scanner of one column chunk.</summary>
    public ParquetColumnScanner(SafeFileHandle handle, ColumnMetaData column, bool optional)
    {
        (_handle, _codec, _optional) = (handle, column.Codec, optional);
        _at = column.DictionaryPageOffset is > 0 and long dictionary ? Math.Min(dictionary, column.DataPageOffset) : column.DataPageOffset;
        _end = _at + column.TotalCompressedSize;
        _longestPage = column.TotalUncompressedSize;
        _remaining = column.NumValues;
    }

    /// <summary>The page the value is stored in: its dictionary's, or the data page.</summary>
    public ParquetPage Page => _pageIsDictionary ? _dictionaryPlace : _place;

    /// <summary>Where the value begins in that page, decompressed. -1: null.</summary>
    public int Start { get; private set; }

    /// <summary>The value. Valid until the next call of <see cref="Next"/>.</summary>
    public ReadOnlySpan<byte> Value => Start < 0 ? default : (_pageIsDictionary ? _dictionaryPage : _page).AsSpan(Start, Length);

    /// <summary>Bytes of the value.</summary>
    private int Length { get; set; }

    /// <summary>Moves to the next value.</summary>
    /// <exception cref="FormatException">The column is damaged.</exception>
    /// <exception cref="NotSupportedException">It is encoded or compressed in another way.</exception>
    public bool Next()
    {
        while (_next == _values.Count)
        {
            if (_remaining <= 0)
                return false;
            ReadPage();
        }

        (Start, Length) = _values[_next++];
        return true;
    }

    /// <summary>Reads and decompresses a page again.</summary>
    public static byte[] ReadPage(SafeFileHandle handle, in ParquetPage page)
    {
        byte[] compressed = new byte[page.CompressedBytes];
        ReadExactly(handle, compressed, page.Offset);
        byte[] bytes = new byte[page.UncompressedBytes];
        compressed.AsSpan(0, page.PlainBytes).CopyTo(bytes);
        ParquetCodec.Decompress(page.Codec, page.PlainBytes == 0 ? compressed : compressed[page.PlainBytes..], compressed.Length - page.PlainBytes, bytes.AsSpan(page.PlainBytes));
        return bytes;
    }

    private static void ReadExactly(SafeFileHandle handle, Span<byte> bytes, long offset)
    {
        int read = 0;
        while (read < bytes.Length)
        {
            int count = RandomAccess.Read(handle, bytes[read..], offset + read);
            if (count == 0)
                throw new FormatException("the file ends in the middle of a page");
            read += count;
        }
    }

    private void ReadPage()
    {
        Span<byte> start = new byte[(int)Math.Clamp(_end - _at, 0, HeaderBytesAtMost)];
        ReadExactly(_handle, start, _at);
        ParquetPageHeader header = ParquetPageHeader.Read(start);
        int plainBytes = header.Type == ParquetPageHeader.DataPageV2 ? header.LevelBytes : 0;
        CompressionCodec codec = header.IsCompressed ? _codec : CompressionCodec.UNCOMPRESSED;
        var place = new ParquetPage(_at + header.HeaderBytes, header.CompressedBytes, header.UncompressedBytes, plainBytes, codec);
        if (place.Offset + place.CompressedBytes > _end || place.UncompressedBytes > _longestPage)
            throw new FormatException("a page is longer than its column");
        _at = place.Offset + place.CompressedBytes;

        if (header.Type == ParquetPageHeader.DictionaryPage)
        {
            _dictionaryPage = ReadPage(_handle, place);
            _dictionaryPlace = place;
            _dictionary.Clear();
            SplitPlain(_dictionaryPage, 0, header.Values, _dictionary);
            return;
        }

        if (header.Type is not (ParquetPageHeader.DataPage or ParquetPageHeader.DataPageV2))
            return;
        _place = place;
        Load(place);
        _remaining -= header.Values;
        _values.Clear();
        _next = 0;
        Decode(header);
    }

    // As ReadPage, into buffers that are used again.
    private void Load(in ParquetPage page)
    {
        if (_compressed.Length < page.CompressedBytes)
            _compressed = new byte[page.CompressedBytes];
        ReadExactly(_handle, _compressed.AsSpan(0, page.CompressedBytes), page.Offset);
        if (_page.Length < page.UncompressedBytes)
            _page = new byte[page.UncompressedBytes];
        _compressed.AsSpan(0, page.PlainBytes).CopyTo(_page);
        byte[] body = _compressed;
        if (page.PlainBytes > 0)
            body = _compressed[page.PlainBytes..page.CompressedBytes];
        ParquetCodec.Decompress(page.Codec, body, page.CompressedBytes - page.PlainBytes, _page.AsSpan(page.PlainBytes, page.UncompressedBytes - page.PlainBytes));
    }

    private void Decode(ParquetPageHeader header)
    {
        int end = _place.UncompressedBytes;
        int at = 0;
        int[]? levels = null;
        if (_optional)
        {
            int length;
            if (header.Type == ParquetPageHeader.DataPageV2)
            {
                (at, length) = (header.RepetitionBytes, header.LevelBytes - header.RepetitionBytes);
            }
            else
            {
                length = end >= 4 ? BinaryPrimitives.ReadInt32LittleEndian(_page) : -1;
                at = 4;
            }

            if (length < 0 || length > end - at)
                throw new FormatException("a page's levels are longer than the page");
            levels = new int[header.Values];
            DecodeHybrid(_page.AsSpan(at, length), bitWidth: 1, levels);
            at += length;
        }
        else
        {
            at = header.LevelBytes;
        }

        int present = levels is null ? header.Values : levels.AsSpan().Count(1);
        var found = new List<(int Start, int Length)>(present);
        switch (header.Encoding)
        {
            case 0:
                _pageIsDictionary = false;
                SplitPlain(_page.AsSpan(0, end), at, present, found);
                break;
            case PlainDictionary or RleDictionary:
                _pageIsDictionary = true;
                int[] indices = new int[present];
                if (present > 0)
                {
                    if (at >= end || _page[at] > 31)
                        throw new FormatException("a page's dictionary indices are damaged");
                    DecodeHybrid(_page.AsSpan((at + 1)..end), _page[at], indices);
                }

                foreach (int index in indices)
                    found.Add((uint)index < (uint)_dictionary.Count ? _dictionary[index] : throw new FormatException("a page names a value that its dictionary lacks"));
                break;
            default:
                throw new NotSupportedException($"the encoding {header.Encoding} is not supported. Write the file with plain or dictionary encoding.");
        }

        int next = 0;
        for (int value = 0; value < header.Values; value++)
            _values.Add(levels is null || levels[value] == 1 ? found[next++] : (-1, 0));
    }

    private static void SplitPlain(ReadOnlySpan<byte> page, int at, int count, List<(int Start, int Length)> values)
    {
        for (int value = 0; value < count; value++)
        {
            int length = page.Length - at >= 4 ? BinaryPrimitives.ReadInt32LittleEndian(page[at..]) : -1;
            if (length < 0 || length > page.Length - at - 4)
                throw new FormatException("a page's values are longer than the page");
            values.Add((at + 4, length));
            at += 4 + length;
        }
    }

    // Parquet's RLE / bit-packed hybrid.
    private static void DecodeHybrid(ReadOnlySpan<byte> bytes, int bitWidth, Span<int> values)
    {
        int at = 0;
        int done = 0;
        while (done < values.Length)
        {
            uint header = ReadVarint(bytes, ref at);
            if ((header & 1) == 0)
            {
                int width = (bitWidth + 7) / 8;
                if (width > bytes.Length - at || header == 0)
                    throw new FormatException("a page's levels or indices end too early");
                int repeated = 0;
                for (int part = 0; part < width; part++)
                    repeated |= bytes[at++] << (8 * part);
                int run = (int)Math.Min(header >> 1, (uint)(values.Length - done));
                values.Slice(done, run).Fill(repeated);
                done += run;
                continue;
            }

            long packed = (long)(header >> 1) * 8;
            long packedBytes = (long)(header >> 1) * bitWidth;
            if (packed == 0)
                throw new FormatException("a page's levels or indices are damaged");
            ReadOnlySpan<byte> group = bytes[at..(int)Math.Min(bytes.Length, at + packedBytes)];
            for (int value = 0; value < packed && done < values.Length; value++)
                values[done++] = ReadBits(group, (long)value * bitWidth, bitWidth);
            at = (int)Math.Min(bytes.Length, at + packedBytes);
        }
    }

    private static int ReadBits(ReadOnlySpan<byte> bytes, long bit, int width)
    {
        int value = 0;
        for (int got = 0; got < width; got++, bit++)
        {
            if (bit / 8 >= bytes.Length)
                throw new FormatException("a page's levels or indices end too early");
            value |= ((bytes[(int)(bit / 8)] >> (int)(bit % 8)) & 1) << got;
        }

        return value;
    }

    private static uint ReadVarint(ReadOnlySpan<byte> bytes, ref int at)
    {
        uint value = 0;
        for (int shift = 0; shift < 35 && at < bytes.Length; shift += 7)
        {
            byte part = bytes[at++];
            value |= (uint)(part & 0x7F) << shift;
            if (part < 0x80)
                return value;
        }

        throw new FormatException("a page's levels or indices end too early");
    }
}
