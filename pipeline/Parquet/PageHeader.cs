using Parquet.Meta;

namespace VisualChat.Pipeline.Parquet;

/// <summary>A page's header (apache/parquet-format, <c>PageHeader</c> in parquet.thrift).</summary>
internal sealed record PageHeader
{
    /// <summary>Writers put at most a million into a page.</summary>
    private const int MaxValues = 1 << 24;

    /// <summary>Bytes of the header itself.</summary>
    public int HeaderBytes { get; private init; }

    public PageType Type { get; private set; } = (PageType)(-1);

    public int UncompressedBytes { get; private set; }

    /// <summary>Bytes of the page in the file.</summary>
    public int CompressedBytes { get; private set; }

    /// <summary>Number of values, including nulls.</summary>
    public int Values { get; private set; }

    public Encoding Encoding { get; private set; }

    /// <summary>
    /// Version 2: bytes of the levels before the values. They are never compressed.
    /// </summary>
    public int LevelBytes { get; private set; }

    /// <summary>Version 2: bytes of the repetition levels, which come first.</summary>
    public int RepetitionBytes { get; private set; }

    /// <summary>Version 2: whether the values are compressed.</summary>
    public bool IsCompressed { get; private set; } = true;

    private bool HasPossibleSizes =>
        Type >= 0 && UncompressedBytes >= 0 && CompressedBytes >= 0 && Values is >= 0 and <= MaxValues
        && LevelBytes >= 0 && LevelBytes <= CompressedBytes && LevelBytes <= UncompressedBytes;

    /// <summary>Reads the header that <paramref name="bytes"/> begin with.</summary>
    /// <exception cref="FormatException">They do not begin with a header.</exception>
    public static PageHeader Read(ReadOnlySpan<byte> bytes)
    {
        var thrift = new ThriftReader(bytes);
        var header = new PageHeader();
        int field = 0;
        while (thrift.NextField(ref field, out int type))
        {
            switch (field)
            {
                case 1:
                    header.Type = (PageType)thrift.ReadInt32(type);
                    break;
                case 2:
                    header.UncompressedBytes = thrift.ReadInt32(type);
                    break;
                case 3:
                    header.CompressedBytes = thrift.ReadInt32(type);
                    break;
                case 5 or 7:
                    header.ReadInner(ref thrift, encodingField: 2, isVersion2: false);
                    break;
                case 8:
                    header.ReadInner(ref thrift, encodingField: 4, isVersion2: true);
                    break;
                default:
                    thrift.Skip(type);
                    break;
            }
        }

        if (!header.HasPossibleSizes)
            throw new FormatException("a Parquet page header has impossible sizes");
        return header with { HeaderBytes = thrift.Position };
    }

    // DataPageHeader and DictionaryPageHeader share their first two fields; DataPageHeaderV2 has
    // its own.
    private void ReadInner(ref ThriftReader thrift, int encodingField, bool isVersion2)
    {
        int field = 0;
        while (thrift.NextField(ref field, out int type))
        {
            if (field == 1)
                Values = thrift.ReadInt32(type);
            else if (field == encodingField)
                Encoding = (Encoding)thrift.ReadInt32(type);
            else if (isVersion2 && field == 5)
                LevelBytes += thrift.ReadInt32(type);
            else if (isVersion2 && field == 6)
                LevelBytes += RepetitionBytes = thrift.ReadInt32(type);
            else if (isVersion2 && field == 7)
                IsCompressed = type == ThriftReader.True;
            else
                thrift.Skip(type);
        }
    }
}
