using Parquet;
using Parquet.Meta;
using VisualChat.Pipeline.Errors;

namespace VisualChat.Pipeline.Sources.Files;

/// <summary>
/// Where each image of a Parquet file of ids and base64 lies: its page, and its place in the page once decompressed. Made in one pass
/// over both columns, one page in memory at a time.
/// </summary>
internal sealed class ParquetFileIndex : IFileIndex<ParquetFileIndex>
{
    private const string ImageColumn = "base64";

    /// <summary>The images' ids.</summary>
    public required Utf8Table Ids { get; init; }

    /// <summary>[images] Number of the page in <see cref="Pages"/>.</summary>
    public required int[] PageOf { get; init; }

    /// <summary>[images] First byte in the page. -1: no value.</summary>
    public required int[] Starts { get; init; }

    /// <summary>[images] Bytes.</summary>
    public required int[] Lengths { get; init; }

    /// <summary>Pages that hold images.</summary>
    public required ParquetPage[] Pages { get; init; }

    /// <summary>Scans a file.</summary>
    /// <exception cref="WorkException">It is damaged, or has no column of ids or of images.</exception>
    public static ParquetFileIndex Build(string path, Action<long> progress, CancellationToken cancellationToken)
    {
        try
        {
            using var handle = File.OpenHandle(path);
            (FileMetaData footer, string idColumn) = ReadFooter(path);
            var (ids, pageOf, starts, lengths, pages) = (new Utf8Table(), new List<int>(), new List<int>(), new List<int>(), new List<ParquetPage>());
            foreach (RowGroup group in footer.RowGroups)
            {
                ParquetColumnScanner keys = Open(handle, footer, group, idColumn);
                ParquetColumnScanner images = Open(handle, footer, group, ImageColumn);
                while (keys.Next() && images.Next())
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    if (pages.Count == 0 || pages[^1] != images.Page)
                    {
                        pages.Add(images.Page);
                        progress(images.Page.Offset);
                    }

                    if (keys.Start < 0)
                        continue;
                    int image = ids.Add(keys.Value, out bool added);
                    (int page, int start, int length) = (pages.Count - 1, images.Start, images.Value.Length);
                    if (added)
                    {
                        pageOf.Add(page);
                        starts.Add(start);
                        lengths.Add(length);
                    }
                    else
                    {
                        (pageOf[image], starts[image], lengths[image]) = (page, start, length);
                    }
                }
            }

            progress(new FileInfo(path).Length);
            return new ParquetFileIndex { Ids = ids, PageOf = [.. pageOf], Starts = [.. starts], Lengths = [.. lengths], Pages = [.. pages] };
        }
        catch (NotSupportedException exception)
        {
            throw new WorkException($"{path}: {exception.Message}", exception);
        }
        catch (Exception exception) when (exception is not (WorkException or OperationCanceledException or UnauthorizedAccessException))
        {
            // A damaged footer makes the library throw exceptions of many types, IOException among them.
            throw new WorkException($"{path}: not a readable Parquet file of images: {exception.Message}. Download the file again.", exception);
        }
    }

    public static ParquetFileIndex Read(ColumnReader reader) => new()
    {
        Ids = reader.ReadTable(),
        PageOf = reader.Read<int>(),
        Starts = reader.Read<int>(),
        Lengths = reader.Read<int>(),
        Pages = reader.Read<ParquetPage>(),
    };

    public void Write(ColumnWriter writer)
    {
        writer.Write(Ids);
        writer.Write<int>(PageOf);
        writer.Write<int>(Starts);
        writer.Write<int>(Lengths);
        writer.Write<ParquetPage>(Pages);
    }

    // The image column is named base64; the ids are pandas' index, or the first other column of text.
    private static (FileMetaData Footer, string IdColumn) ReadFooter(string path)
    {
        ParquetReader reader = ParquetReader.CreateAsync(path).GetAwaiter().GetResult();
        try
        {
            FileMetaData footer = reader.Metadata ?? throw new FormatException("the file has no footer");
            string[] texts = [.. footer.Schema.Skip(1).Where(column => column.Type == Parquet.Meta.Type.BYTE_ARRAY).Select(column => column.Name)];
            if (!texts.Contains(ImageColumn))
                throw new WorkException($"{path}: no column '{ImageColumn}' of text. Name the right file in the recipe's 'images'.");
            string? id = texts.FirstOrDefault(name => name.StartsWith("__index_level_", StringComparison.Ordinal)) ?? texts.FirstOrDefault(name => name != ImageColumn);
            return (footer, id ?? throw new WorkException($"{path}: no column of image ids beside '{ImageColumn}'. Write the ids as a column or as pandas' index."));
        }
        finally
        {
            reader.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private static ParquetColumnScanner Open(Microsoft.Win32.SafeHandles.SafeFileHandle handle, FileMetaData footer, RowGroup group, string column)
    {
        ColumnMetaData? chunk = group.Columns.Find(candidate => candidate.MetaData?.PathInSchema is [string only] && only == column)?.MetaData;
        if (chunk is null)
            throw new FormatException($"a row group has no column '{column}'");
        bool optional = footer.Schema.Skip(1).First(element => element.Name == column).RepetitionType == FieldRepetitionType.OPTIONAL;
        return new ParquetColumnScanner(handle, chunk, optional);
    }
}
