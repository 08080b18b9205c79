using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using Parquet.Meta;
using ColumnType = Parquet.Meta.Type;

namespace VisualChat.Pipeline.Parquet;

/// <summary>
/// Reads a Parquet file's footer (apache/parquet-format, <c>FileMetaData</c> in parquet.thrift):
/// the parts that finding a column takes, with the type that each must have. Parquet.Net's own
/// reader believes what a footer says, and a damaged or malicious one overflows the stack, which
/// ends the process.
/// </summary>
internal static class FooterReader
{
    /// <summary>A hundred thousand column chunks take half of it.</summary>
    private const int MaxBytes = 64 << 20;

    private const int EndBytes = 8;
    private static ReadOnlySpan<byte> Magic => "PAR1"u8;

    /// <param name="file">The file; it stays open.</param>
    /// <param name="length">Its length.</param>
    /// <exception cref="FormatException">It has no whole footer.</exception>
    public static FileMetaData Read(SafeFileHandle file, long length)
    {
        if (length < Magic.Length + EndBytes)
            throw new FormatException("it is too short for a Parquet file");
        Span<byte> end = stackalloc byte[EndBytes];
        PageReader.ReadRaw(file, end, length - EndBytes);
        if (!end[4..].SequenceEqual(Magic))
            throw new FormatException("it does not end as a Parquet file; is the download complete?");
        int bytes = BinaryPrimitives.ReadInt32LittleEndian(end);
        if (bytes <= 0 || bytes > length - EndBytes - Magic.Length)
            throw new FormatException("its footer is longer than the file");
        if (bytes > MaxBytes)
            throw new FormatException($"its footer has {bytes:N0} bytes; at most {MaxBytes:N0} are read");
        byte[] footer = new byte[bytes];
        PageReader.ReadRaw(file, footer, length - EndBytes - bytes);
        var thrift = new ThriftReader(footer);
        return FileOf(ref thrift);
    }

    private static FileMetaData FileOf(ref ThriftReader thrift)
    {
        var file = new FileMetaData { Schema = [], RowGroups = [] };
        int field = 0;
        while (thrift.NextField(ref field, out int type))
        {
            if (field == 2)
                file.Schema = ListOf(ref thrift, type, SchemaElementOf);
            else if (field == 3)
                file.NumRows = thrift.ReadInteger(type);
            else if (field == 4)
                file.RowGroups = ListOf(ref thrift, type, RowGroupOf);
            else
                thrift.Skip(type);
        }

        return file.Schema.Count > 0 ? file : throw new FormatException("its footer has no schema");
    }

    private static SchemaElement SchemaElementOf(ref ThriftReader thrift, int structType)
    {
        ThriftReader.RequireStruct(structType);
        var element = new SchemaElement { Name = "" };
        int field = 0;
        while (thrift.NextField(ref field, out int type))
        {
            if (field == 1)
                element.Type = (ColumnType)thrift.ReadInt32(type);
            else if (field == 3)
                element.RepetitionType = (FieldRepetitionType)thrift.ReadInt32(type);
            else if (field == 4)
                element.Name = thrift.ReadText(type);
            else if (field == 5)
                element.NumChildren = thrift.ReadInt32(type);
            else if (field == 6)
                element.ConvertedType = (ConvertedType)thrift.ReadInt32(type);
            else
                thrift.Skip(type);
        }

        return element;
    }

    private static RowGroup RowGroupOf(ref ThriftReader thrift, int structType)
    {
        ThriftReader.RequireStruct(structType);
        var group = new RowGroup { Columns = [] };
        int field = 0;
        while (thrift.NextField(ref field, out int type))
        {
            if (field == 1)
                group.Columns = ListOf(ref thrift, type, ChunkOf);
            else if (field == 2)
                group.TotalByteSize = thrift.ReadInteger(type);
            else if (field == 3)
                group.NumRows = thrift.ReadInteger(type);
            else
                thrift.Skip(type);
        }

        return group;
    }

    private static ColumnChunk ChunkOf(ref ThriftReader thrift, int structType)
    {
        ThriftReader.RequireStruct(structType);
        var chunk = new ColumnChunk();
        int field = 0;
        while (thrift.NextField(ref field, out int type))
        {
            if (field == 1)
                chunk.FilePath = thrift.ReadText(type);
            else if (field == 3)
                chunk.MetaData = ColumnOf(ref thrift, type);
            else
                thrift.Skip(type);
        }

        return chunk;
    }

    private static ColumnMetaData ColumnOf(ref ThriftReader thrift, int structType)
    {
        ThriftReader.RequireStruct(structType);
        var column = new ColumnMetaData { Encodings = [], PathInSchema = [] };
        int field = 0;
        while (thrift.NextField(ref field, out int type))
        {
            switch (field)
            {
                case 1:
                    column.Type = (ColumnType)thrift.ReadInt32(type);
                    break;
                case 3:
                    column.PathInSchema = ListOf(
                        ref thrift, type, (ref ThriftReader name, int nameType) => name.ReadText(nameType));
                    break;
                case 4:
                    column.Codec = (CompressionCodec)thrift.ReadInt32(type);
                    break;
                case 5:
                    column.NumValues = thrift.ReadInteger(type);
                    break;
                case 6:
                    column.TotalUncompressedSize = thrift.ReadInteger(type);
                    break;
                case 7:
                    column.TotalCompressedSize = thrift.ReadInteger(type);
                    break;
                case 9:
                    column.DataPageOffset = thrift.ReadInteger(type);
                    break;
                case 11:
                    column.DictionaryPageOffset = thrift.ReadInteger(type);
                    break;
                default:
                    thrift.Skip(type);
                    break;
            }
        }

        return column;
    }

    private delegate T ReadValue<T>(ref ThriftReader thrift, int type);

    private static List<T> ListOf<T>(ref ThriftReader thrift, int listType, ReadValue<T> read)
    {
        (int count, int type) = thrift.ReadListStart(listType);
        var list = new List<T>();
        for (int item = 0; item < count; item++)
            list.Add(read(ref thrift, type));
        return list;
    }
}
