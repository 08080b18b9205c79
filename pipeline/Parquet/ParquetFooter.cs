using Microsoft.Win32.SafeHandles;
using Parquet.Meta;
using VisualChat.Model.Files;

namespace VisualChat.Pipeline.Parquet;

/// <summary>A file's footer: its columns, and where their chunks lie.</summary>
internal sealed class ParquetFooter
{
    private const int DeepestStruct = 32;

    private readonly FileMetaData _metadata;

    private ParquetFooter(FileMetaData metadata) =>
        (_metadata, Columns) = (metadata, LeavesOf(metadata.Schema));

    /// <summary>The columns that hold values, in the file's order.</summary>
    public IReadOnlyList<ParquetColumn> Columns { get; }

    public int RowGroupCount => _metadata.RowGroups.Count;

    /// <summary>Reads a file's footer.</summary>
    /// <exception cref="FormatException">It is damaged.</exception>
    public static ParquetFooter Read(string path)
    {
        using SafeFileHandle file = UserFile.Open(path, out FileIdentity identity);
        return new ParquetFooter(FooterReader.Read(file, identity.Bytes));
    }

    /// <summary>Opens a column in one row group.</summary>
    /// <param name="file">The open file; the scanner reads from it and leaves it open.</param>
    /// <param name="rowGroup">Counts from 0.</param>
    /// <param name="column">One of <see cref="Columns"/>, in no list.</param>
    /// <exception cref="FormatException">The row group has no such column.</exception>
    public TextColumnScanner Open(SafeFileHandle file, int rowGroup, ParquetColumn column)
    {
        ColumnMetaData? chunk = _metadata.RowGroups[rowGroup].Columns
            .Find(candidate => candidate.MetaData is { } found && string.Join('.', found.PathInSchema) == column.Name)
            ?.MetaData;
        if (chunk is null)
            throw new FormatException($"a row group has no column '{column.Name}'");
        return new TextColumnScanner(file, chunk, column);
    }

    // A schema lists its tree from the root, each struct before its children. Walked without
    // recursion, so that no depth of it ends the program.
    private static List<ParquetColumn> LeavesOf(List<SchemaElement> schema)
    {
        var leaves = new List<ParquetColumn>();
        var open = new Stack<(string Prefix, int Left, int Levels, bool IsRepeated)>();
        open.Push(("", schema[0].NumChildren ?? 0, 0, false));
        foreach (SchemaElement element in schema.Skip(1))
        {
            while (open.TryPeek(out var ended) && ended.Left == 0)
                _ = open.Pop();
            if (!open.TryPop(out var parent))
                throw new FormatException("its schema has columns outside of the root");
            open.Push(parent with { Left = parent.Left - 1 });
            bool isRepeated = parent.IsRepeated || element.RepetitionType == FieldRepetitionType.REPEATED;
            bool hasLevel = element.RepetitionType is FieldRepetitionType.OPTIONAL or FieldRepetitionType.REPEATED;
            int levels = parent.Levels + (hasLevel ? 1 : 0);
            if (element.NumChildren is > 0 and int children)
            {
                if (open.Count > DeepestStruct)
                    throw new FormatException($"its schema is deeper than {DeepestStruct} levels");
                open.Push(($"{parent.Prefix}{element.Name}.", children, levels, isRepeated));
            }
            else if (element.Type is { } type)
            {
                bool isText = element.ConvertedType == ConvertedType.UTF8;
                leaves.Add(new ParquetColumn(parent.Prefix + element.Name, type, levels, isRepeated, isText));
            }
        }

        return leaves;
    }
}
