namespace VisualChat.Pipeline.Sources.Files;

/// <summary>A Parquet page's header (apache/parquet-format, <c>PageHeader</c> in parquet.thrift).</summary>
internal sealed record ParquetPageHeader
{
    /// <summary><see cref="Type"/> of a data page.</summary>
    public const int DataPage = 0;

    /// <summary><see cref="Type"/> of a dictionary page.</summary>
    public const int DictionaryPage = 2;

    /// <summary><see cref="Type"/> of a data page of version 2.</summary>
    public const int DataPageV2 = 3;

    /// <summary>Bytes of the header itself.</summary>
    public int HeaderBytes { get; private init; }

    /// <summary>What kind of page follows.</summary>
    public int Type { get; private set; } = -1;

    /// <summary>Bytes of the page once decompressed.</summary>
    public int UncompressedBytes { get; private set; }

    /// <summary>Bytes of the page in the file.</summary>
    public int CompressedBytes { get; private set; }

    /// <summary>Values, the nulls included.</summary>
    public int Values { get; private set; }

    /// <summary>How values are encoded.</summary>
    public int Encoding { get; private set; }

    /// <summary>Version 2: bytes of the levels before the values, which are never compressed.</summary>
    public int LevelBytes { get; private set; }

    /// <summary>Version 2: bytes of the repetition levels among them.</summary>
    public int RepetitionBytes { get; private set; }

    /// <summary>Version 2: whether the values are compressed.</summary>
    public bool IsCompressed { get; private set; } = true;

    /// <summary>Reads a header.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static ParquetPageHeader Read(ReadOnlySpan<byte> bytes)
    {
        var thrift = new ThriftReader(bytes);
        var header = new ParquetPageHeader();
        int field = 0;
        while (thrift.NextField(ref field, out int type))
        {
            switch (field)
            {
                case 1:
                    header.Type = (int)thrift.ReadInteger();
                    break;
                case 2:
                    header.UncompressedBytes = (int)thrift.ReadInteger();
                    break;
                case 3:
                    header.CompressedBytes = (int)thrift.ReadInteger();
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

        if (header.Type < 0 || header.UncompressedBytes < 0 || header.CompressedBytes < 0 || header.Values < 0
            || header.LevelBytes < 0 || header.LevelBytes > header.CompressedBytes || header.LevelBytes > header.UncompressedBytes)
        {
            throw new FormatException("a Parquet page header has impossible sizes");
        }

        return header with { HeaderBytes = thrift.Position };
    }

    private void ReadInner(ref ThriftReader thrift, int encodingField, bool isVersion2)
    {
        int field = 0;
        while (thrift.NextField(ref field, out int type))
        {
            if (field == 1)
                Values = (int)thrift.ReadInteger();
            else if (field == encodingField)
                Encoding = (int)thrift.ReadInteger();
            else if (isVersion2 && field == 5)
                LevelBytes += (int)thrift.ReadInteger();
            else if (isVersion2 && field == 6)
                LevelBytes += RepetitionBytes = (int)thrift.ReadInteger();
            else if (isVersion2 && field == 7)
                IsCompressed = type == 1;
            else
                thrift.Skip(type);
        }
    }
}
