using Microsoft.Win32.SafeHandles;
using VisualChat.Model.Files;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Parquet;

namespace VisualChat.Pipeline.Sources.Indexes;

/// <summary>
/// Where each image of a Parquet file of ids and base64 lies: its page, and its place in the page
/// once decompressed. Made in one pass over both columns, one page of each in memory at a time.
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
    public required PageLocation[] Pages { get; init; }

    /// <exception cref="WorkException">
    /// It is damaged, or has no column of ids or of images.
    /// </exception>
    public static ParquetFileIndex Build(string path, Action<long> progress, CancellationToken cancellationToken)
    {
        try
        {
            ParquetFooter footer = ParquetFooter.Read(path);
            var builder = new Builder();
            builder.Add(path, footer, progress, cancellationToken);
            progress(FileIdentity.Of(path).Bytes);
            return builder.Finish();
        }
        catch (NotSupportedException exception)
        {
            throw new WorkException($"{path}: {exception.Message}", exception);
        }
        catch (Exception exception) when (
            exception is not (WorkException or OperationCanceledException or UserFileException))
        {
            // The footer's reader throws exceptions of many types, IOException among them.
            throw new WorkException(
                $"{path}: not a readable Parquet file of images: {exception.Message}. Download the file again.",
                exception);
        }
    }

    public static ParquetFileIndex Read(ColumnReader reader) => new()
    {
        Ids = reader.ReadTable(),
        PageOf = reader.Read<int>(),
        Starts = reader.Read<int>(),
        Lengths = reader.Read<int>(),
        Pages = reader.Read<PageLocation>(),
    };

    public void Write(ColumnWriter writer)
    {
        writer.Write(Ids);
        writer.Write<int>(PageOf);
        writer.Write<int>(Starts);
        writer.Write<int>(Lengths);
        writer.Write<PageLocation>(Pages);
    }

    // The ids are pandas' index or, if it was not written, the first column of text that is not the
    // images'.
    private static string FindIdColumn(string path, ParquetFooter footer)
    {
        string[] columns = [.. footer.TextColumns];
        if (!columns.Contains(ImageColumn))
        {
            throw new WorkException(
                $"{path}: no column '{ImageColumn}' of text. Name the right file in the recipe's 'images'.");
        }

        string? index = Array.Find(columns, name => name.StartsWith("__index_level_", StringComparison.Ordinal));
        return index ?? Array.Find(columns, name => name != ImageColumn) ?? throw new WorkException(
            $"{path}: no column of image ids beside '{ImageColumn}'. Write the ids as a column or as pandas' index.");
    }

    private sealed class Builder
    {
        private readonly Utf8Table _ids = new();
        private readonly List<int> _pageOf = [];
        private readonly List<int> _starts = [];
        private readonly List<int> _lengths = [];
        private readonly List<PageLocation> _pages = [];

        public void Add(string path, ParquetFooter footer, Action<long> progress, CancellationToken cancellationToken)
        {
            string idColumn = FindIdColumn(path, footer);
            using SafeFileHandle file = UserFile.Open(path);
            for (int group = 0; group < footer.RowGroupCount; group++)
            {
                TextColumnScanner ids = footer.Open(file, group, idColumn);
                TextColumnScanner images = footer.Open(file, group, ImageColumn);
                while (ids.Next() && images.Next())
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    if (_pages.Count == 0 || _pages[^1] != images.Page)
                    {
                        _pages.Add(images.Page);
                        progress(images.Page.Offset);
                    }

                    if (ids.Start >= 0)
                        Add(ids.Value, images.Start, images.Value.Length);
                }
            }
        }

        public ParquetFileIndex Finish() => new()
        {
            Ids = _ids,
            PageOf = [.. _pageOf],
            Starts = [.. _starts],
            Lengths = [.. _lengths],
            Pages = [.. _pages],
        };

        // The last of equal ids counts, as in a JSON file.
        private void Add(ReadOnlySpan<byte> id, int start, int length)
        {
            int page = _pages.Count - 1;
            int image = _ids.Add(id, out bool added);
            if (added)
            {
                _pageOf.Add(page);
                _starts.Add(start);
                _lengths.Add(length);
            }
            else
            {
                (_pageOf[image], _starts[image], _lengths[image]) = (page, start, length);
            }
        }
    }
}
