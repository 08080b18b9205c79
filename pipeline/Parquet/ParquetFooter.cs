using Microsoft.Win32.SafeHandles;
using Parquet.Meta;
using VisualChat.Model.Files;
using ColumnType = Parquet.Meta.Type;

namespace VisualChat.Pipeline.Parquet;

/// <summary>A file's footer: its columns, and where their chunks lie.</summary>
internal sealed class ParquetFooter
{
    private readonly FileMetaData _metadata;

    private ParquetFooter(FileMetaData metadata) => _metadata = metadata;

    /// <summary>Names of the columns of byte strings, in the file's order.</summary>
    public IEnumerable<string> TextColumns =>
        Columns.Where(column => column.Type == ColumnType.BYTE_ARRAY).Select(column => column.Name);

    public int RowGroupCount => _metadata.RowGroups.Count;

    // The first element of a schema is its root.
    private IEnumerable<SchemaElement> Columns => _metadata.Schema.Skip(1);

    /// <summary>Reads a file's footer.</summary>
    /// <exception cref="FormatException">It is damaged.</exception>
    public static ParquetFooter Read(string path)
    {
        using SafeFileHandle file = UserFile.Open(path, out FileIdentity identity);
        return new ParquetFooter(FooterReader.Read(file, identity.Bytes));
    }

    /// <summary>Opens a column of byte strings in one row group.</summary>
    /// <param name="file">The open file; the scanner reads from it and leaves it open.</param>
    /// <param name="rowGroup">Counts from 0.</param>
    /// <param name="column">The column's name.</param>
    /// <exception cref="FormatException">The row group has no such column.</exception>
    public TextColumnScanner Open(SafeFileHandle file, int rowGroup, string column)
    {
        ColumnMetaData? chunk = _metadata.RowGroups[rowGroup].Columns
            .Find(candidate => candidate.MetaData?.PathInSchema is [string only] && only == column)?.MetaData;
        if (chunk is null)
            throw new FormatException($"a row group has no column '{column}'");
        SchemaElement element = Columns.First(element => element.Name == column);
        return new TextColumnScanner(file, chunk, element.RepetitionType == FieldRepetitionType.OPTIONAL);
    }
}
