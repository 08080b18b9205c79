using System.Buffers.Binary;
using System.Buffers.Text;
using Microsoft.Win32.SafeHandles;
using VisualChat.Model.Files;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Parquet;
using ColumnType = Parquet.Meta.Type;

namespace VisualChat.Pipeline.Sources.Indexes;

/// <summary>
/// Where each image of a Parquet file lies: its page, and its place in the page once decompressed.
/// Made in one pass over the columns of ids and images, one page of each in memory at a time.
/// </summary>
internal sealed class ParquetFileIndex : IFileIndex<ParquetFileIndex>
{
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

    /// <summary>
    /// [images] Of an image without bytes: the number of its file's path in <see cref="Paths"/>; -1
    /// if it has none.
    /// </summary>
    public required int[] PathOf { get; init; }

    /// <summary>Paths of image files, as the Parquet file writes them.</summary>
    public required Utf8Table Paths { get; init; }

    /// <summary>Whether the images are base64 and not their own bytes.</summary>
    public required bool IsBase64 { get; init; }

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
        PathOf = reader.Read<int>(),
        Paths = reader.ReadTable(),
        IsBase64 = reader.ReadNumber() == 1,
    };

    public void Write(ColumnWriter writer)
    {
        writer.Write(Ids);
        writer.Write<int>(PageOf);
        writer.Write<int>(Starts);
        writer.Write<int>(Lengths);
        writer.Write<PageLocation>(Pages);
        writer.Write<int>(PathOf);
        writer.Write(Paths);
        writer.Write(IsBase64 ? 1 : 0);
    }

    private sealed class Builder
    {
        private readonly Utf8Table _ids = new();
        private readonly List<int> _pageOf = [];
        private readonly List<int> _starts = [];
        private readonly List<int> _lengths = [];
        private readonly List<PageLocation> _pages = [];
        private readonly List<int> _pathOf = [];
        private readonly Utf8Table _paths = new();
        private readonly byte[] _number = new byte[32];
        private bool _isBase64;

        public void Add(string path, ParquetFooter footer, Action<long> progress, CancellationToken cancellationToken)
        {
            var columns = ParquetImageColumns.Find(path, footer.Columns);
            bool hasNumbers = columns.Ids.Type != ColumnType.BYTE_ARRAY;
            _isBase64 = columns.IsBase64;
            using SafeFileHandle file = UserFile.Open(path);
            for (int group = 0; group < footer.RowGroupCount; group++)
            {
                TextColumnScanner ids = footer.Open(file, group, columns.Ids);
                TextColumnScanner images = footer.Open(file, group, columns.Images);
                TextColumnScanner? paths = columns.Paths is null ? null : footer.Open(file, group, columns.Paths);
                while (ids.Next() && images.Next() && paths?.Next() != false)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    if (_pages.Count == 0 || _pages[^1] != images.Page)
                    {
                        _pages.Add(images.Page);
                        progress(images.Page.Offset);
                    }

                    if (ids.Start < 0)
                        continue;
                    bool hasFileOnly = images.Value.IsEmpty && paths is { Value.IsEmpty: false };
                    int image = Add(hasNumbers ? Decimal(ids.Value) : ids.Value, images.Start, images.Value.Length);
                    _pathOf[image] = hasFileOnly ? _paths.Add(paths!.Value) : -1;
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
            PathOf = [.. _pathOf],
            Paths = _paths,
            IsBase64 = _isBase64,
        };

        // Whole numbers lie in the file as 4 or 8 bytes.
        private ReadOnlySpan<byte> Decimal(ReadOnlySpan<byte> number)
        {
            long value = number.Length == 4
                ? BinaryPrimitives.ReadInt32LittleEndian(number)
                : BinaryPrimitives.ReadInt64LittleEndian(number);
            _ = Utf8Formatter.TryFormat(value, _number, out int length);
            return _number.AsSpan(0, length);
        }

        // The last of equal ids counts, as in a JSON file.
        private int Add(ReadOnlySpan<byte> id, int start, int length)
        {
            int page = _pages.Count - 1;
            int image = _ids.Add(id, out bool added);
            if (added)
            {
                _pageOf.Add(page);
                _starts.Add(start);
                _lengths.Add(length);
                _pathOf.Add(-1);
            }
            else
            {
                (_pageOf[image], _starts[image], _lengths[image]) = (page, start, length);
            }

            return image;
        }
    }
}
