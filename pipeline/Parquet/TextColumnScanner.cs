using System.Buffers.Binary;
using System.Numerics;
using Microsoft.Win32.SafeHandles;
using Parquet.Meta;
using ColumnType = Parquet.Meta.Type;

namespace VisualChat.Pipeline.Parquet;

/// <summary>
/// Walks one column chunk of byte strings or whole numbers a page at a time. Memory is the largest
/// page and the dictionary, never the row group: Parquet.Net's column reader would decode the whole
/// chunk into UTF-16 strings, and pandas writes whole files as one row group. Reads plain and
/// dictionary encoding, data pages of both versions, required and optional columns, also within
/// structs.
/// </summary>
internal sealed class TextColumnScanner
{
    private const int HeaderBytesAtMost = 64 << 10;

    private readonly SafeFileHandle _file;
    private readonly CompressionCodec _codec;
    private readonly int _levels;

    // Bytes of each value; 0: each has a length of its own.
    private readonly int _width;
    private readonly long _end;
    private readonly long _longestPage;
    private readonly PageReader _page;
    private readonly PageReader _dictionaryPage;
    private readonly List<(int Start, int Length)> _dictionary = [];
    private readonly List<(int Start, int Length)> _values = [];
    private bool _isInDictionary;
    private PageLocation _location;
    private PageLocation _dictionaryLocation;
    private long _at;
    private long _remaining;
    private int _next;
    private int _length;

    public TextColumnScanner(SafeFileHandle file, ColumnMetaData column, ParquetColumn kind)
    {
        (_file, _codec, _levels) = (file, column.Codec, kind.Levels);
        _width = kind.Type switch { ColumnType.INT32 => 4, ColumnType.INT64 => 8, _ => 0 };
        _at = column.DictionaryPageOffset is > 0 and long dictionary
            ? Math.Min(dictionary, column.DataPageOffset)
            : column.DataPageOffset;
        _end = _at + column.TotalCompressedSize;
        _longestPage = column.TotalUncompressedSize;
        _remaining = column.NumValues;
        _page = new PageReader(file);
        _dictionaryPage = new PageReader(file);
    }

    /// <summary>The page that stores the value: the dictionary's, or the data page.</summary>
    public PageLocation Page => _isInDictionary ? _dictionaryLocation : _location;

    /// <summary>
    /// Where the value begins in that page once decompressed; -1 if the value is null.
    /// </summary>
    public int Start { get; private set; }

    /// <summary>The value. Valid until the next call of <see cref="Next"/>.</summary>
    public ReadOnlySpan<byte> Value
    {
        get
        {
            if (Start < 0)
                return default;
            byte[] page = _isInDictionary ? _dictionaryPage.Buffer : _page.Buffer;
            return page.AsSpan(Start, _length);
        }
    }

    /// <summary>Moves to the next value.</summary>
    /// <returns>False after the last.</returns>
    /// <exception cref="FormatException">The column is damaged.</exception>
    /// <exception cref="NotSupportedException">Its encoding or codec is not supported.</exception>
    public bool Next()
    {
        while (_next == _values.Count)
        {
            if (_remaining <= 0)
                return false;
            ReadPage();
        }

        (Start, _length) = _values[_next++];
        return true;
    }

    private void ReadPage()
    {
        Span<byte> start = new byte[(int)Math.Clamp(_end - _at, 0, HeaderBytesAtMost)];
        PageReader.ReadRaw(_file, start, _at);
        PageHeader header = PageHeader.Read(start);
        PageLocation location = LocationOf(header);
        _at = location.Offset + location.CompressedBytes;

        switch (header.Type)
        {
            case PageType.DICTIONARY_PAGE:
                ReadDictionary(header, location);
                break;
            case PageType.DATA_PAGE or PageType.DATA_PAGE_V2:
                ReadData(header, location);
                break;
        }
    }

    private PageLocation LocationOf(PageHeader header)
    {
        var location = new PageLocation(
            _at + header.HeaderBytes,
            header.CompressedBytes,
            header.UncompressedBytes,
            PlainBytes: header.Type == PageType.DATA_PAGE_V2 ? header.LevelBytes : 0,
            header.IsCompressed ? _codec : CompressionCodec.UNCOMPRESSED);
        if (location.Offset + location.CompressedBytes > _end || location.UncompressedBytes > _longestPage)
            throw new FormatException("a page is longer than its column");
        return location;
    }

    private void ReadDictionary(PageHeader header, in PageLocation location)
    {
        _dictionaryPage.Read(location);
        _dictionaryLocation = location;
        _dictionary.Clear();
        ReadOnlySpan<byte> page = _dictionaryPage.Buffer.AsSpan(0, location.UncompressedBytes);
        SplitPlain(page, 0, header.Values, _dictionary);
    }

    private void ReadData(PageHeader header, in PageLocation location)
    {
        _page.Read(location);
        _location = location;
        _remaining -= header.Values;
        _values.Clear();
        _next = 0;

        ReadOnlySpan<byte> page = _page.Buffer.AsSpan(0, location.UncompressedBytes);
        int at = 0;
        int[]? levels = ReadLevels(page, header, ref at);
        int present = levels is null ? header.Values : levels.AsSpan().Count(_levels);
        List<(int Start, int Length)> found = ReadValues(page, header, at, present);

        int next = 0;
        for (int value = 0; value < header.Values; value++)
            _values.Add(levels is null || levels[value] == _levels ? found[next++] : (-1, 0));
    }

    // Definition levels: the highest where there is a value. Null for a required column, which has
    // none.
    private int[]? ReadLevels(ReadOnlySpan<byte> page, PageHeader header, ref int at)
    {
        if (_levels == 0)
        {
            at = header.LevelBytes;
            return null;
        }

        int length;
        if (header.Type == PageType.DATA_PAGE_V2)
        {
            (at, length) = (header.RepetitionBytes, header.LevelBytes - header.RepetitionBytes);
        }
        else
        {
            length = page.Length >= 4 ? BinaryPrimitives.ReadInt32LittleEndian(page) : -1;
            at = 4;
        }

        if (length < 0 || length > page.Length - at)
            throw new FormatException("a page's levels are longer than the page");
        int[] levels = new int[header.Values];
        HybridRuns.Decode(page.Slice(at, length), 32 - BitOperations.LeadingZeroCount((uint)_levels), levels);
        at += length;
        return levels;
    }

    private List<(int Start, int Length)> ReadValues(ReadOnlySpan<byte> page, PageHeader header, int at, int present)
    {
        var values = new List<(int Start, int Length)>(present);
        switch (header.Encoding)
        {
            case Encoding.PLAIN:
                _isInDictionary = false;
                SplitPlain(page, at, present, values);
                break;
            case Encoding.PLAIN_DICTIONARY or Encoding.RLE_DICTIONARY:
                _isInDictionary = true;
                foreach (int index in ReadIndices(page, at, present))
                {
                    if ((uint)index >= (uint)_dictionary.Count)
                        throw new FormatException("a page names a value that its dictionary lacks");
                    values.Add(_dictionary[index]);
                }

                break;
            default:
                throw new NotSupportedException(
                    $"the encoding {header.Encoding} is not supported. "
                    + "Write the file with plain or dictionary encoding.");
        }

        return values;
    }

    private static int[] ReadIndices(ReadOnlySpan<byte> page, int at, int count)
    {
        int[] indices = new int[count];
        if (count == 0)
            return indices;
        if (at >= page.Length || page[at] > 31)
            throw new FormatException("a page's dictionary indices are damaged");
        HybridRuns.Decode(page[(at + 1)..], page[at], indices);
        return indices;
    }

    private void SplitPlain(
        ReadOnlySpan<byte> page, int at, int count, List<(int Start, int Length)> values)
    {
        for (int value = 0; value < count && _width > 0; value++)
        {
            if (page.Length - at < _width)
                throw new FormatException("a page's values are longer than the page");
            values.Add((at, _width));
            at += _width;
        }

        for (int value = 0; value < count && _width == 0; value++)
        {
            int length = page.Length - at >= 4 ? BinaryPrimitives.ReadInt32LittleEndian(page[at..]) : -1;
            if (length < 0 || length > page.Length - at - 4)
                throw new FormatException("a page's values are longer than the page");
            values.Add((at + 4, length));
            at += 4 + length;
        }
    }
}
