using System.Text;
using Microsoft.Win32.SafeHandles;
using VisualChat.Model.Files;
using VisualChat.Pipeline.Images;
using VisualChat.Pipeline.Parquet;
using VisualChat.Pipeline.Sources.Datasets;
using VisualChat.Pipeline.Sources.Indexes;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Sources.Images;

/// <summary>
/// Parquet files of images: one file, or a folder of parts. Reading an image reads and
/// decompresses its page, about 1 MB as pandas writes them, and no row group; nothing is kept,
/// because shuffled samples rarely come back to a page soon.
/// </summary>
internal sealed class ParquetImages(
    string path,
    string name,
    IReadOnlyList<string> partPaths,
    IReadOnlyList<ParquetFileIndex> parts,
    ImageFolder files) : ImageContainer(path, name)
{
    private readonly Lazy<SafeFileHandle>[] _handles =
        [.. partPaths.Select(part => new Lazy<SafeFileHandle>(() => OpenForReading(part)))];

    // [parts + 1] Number of images before each part: an entry counts through all parts.
    private readonly int[] _first = FirstOf(parts);

    public override ImageLookup Find(string key, DatasetDefinition dataset)
    {
        string path = $"{Name}#{key}";
        byte[] id = Encoding.UTF8.GetBytes(key);

        // The last of equal ids counts, as within a part.
        for (int part = parts.Count - 1; part >= 0; part--)
        {
            ParquetFileIndex index = parts[part];
            int image = index.Ids.Find(id);
            if (image < 0)
                continue;
            if (index.PathOf[image] >= 0)
                return files.Find(index.Paths.TextOf(index.PathOf[image]), dataset) with { Holder = files };
            if (index.Starts[image] < 0)
                return new ImageLookup(path, -1, 0, RejectReason.ImageDamaged, $"{path} has no value");
            int bytes = index.Lengths[image];
            return bytes == 0
                ? new ImageLookup(path, -1, 0, RejectReason.ImageEmpty, $"{path} has no bytes")
                : new ImageLookup(path, _first[part] + image, index.IsBase64 ? Base64Text.BytesOf(bytes) : bytes);
        }

        return new ImageLookup(path, -1, 0, RejectReason.ImageMissing, $"{Name} has no image '{key}'");
    }

    public override PooledBytes Read(string path, int entry, PooledBuffers buffers)
    {
        int part = Array.FindLastIndex(_first, first => first <= entry);
        ParquetFileIndex index = parts[part];
        int image = entry - _first[part];
        try
        {
            byte[] page = PageReader.ReadOnce(_handles[part].Value, index.Pages[index.PageOf[image]]);
            Span<byte> value = page.AsSpan(index.Starts[image], index.Lengths[image]);
            if (index.IsBase64)
                return Base64Images.Decode(value[Base64Text.PrefixOf(value)..], path, buffers);
            PooledBytes bytes = buffers.Rent(value.Length);
            value.CopyTo(bytes.Span);
            return bytes;
        }
        catch (FormatException exception)
        {
            throw new RecordRejectedException(RejectReason.ImageDamaged, $"{path}: {exception.Message}");
        }
    }

    private static SafeFileHandle OpenForReading(string path) =>
        UserFile.Open(path, FileOptions.RandomAccess);

    private static int[] FirstOf(IReadOnlyList<ParquetFileIndex> parts)
    {
        int[] first = new int[parts.Count];
        for (int part = 1; part < first.Length; part++)
            first[part] = first[part - 1] + parts[part - 1].Ids.Count;
        return first;
    }
}
