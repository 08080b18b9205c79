using System.Buffers;
using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using VisualChat.Model.Files;
using VisualChat.Pipeline.Images;
using VisualChat.Pipeline.Sources.Datasets;
using VisualChat.Pipeline.Sources.Formats;
using VisualChat.Pipeline.Sources.Indexes;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Sources.Images;

/// <summary>
/// The images that stand in the records of an annotation file. Reading one reads and parses the
/// first record that shows it and decodes: it costs what the record's text costs, and one record in
/// memory a thread.
/// </summary>
internal sealed class InlineImages : ImageContainer
{
    private readonly AnnotationIndex _index;
    private readonly RecordFormat _format;
    private readonly Lazy<SafeFileHandle> _handle;
    private readonly ConcurrentBag<RecordDraft> _drafts = [];

    // [keys] The first record that shows the image, and its place there; -1: a name.
    private readonly int[] _rowOf;
    private readonly int[] _placeOf;

    /// <param name="path">The annotation file.</param>
    /// <param name="name">Its path relative to the data root.</param>
    /// <param name="index">Its index.</param>
    /// <param name="format">Its format.</param>
    public InlineImages(string path, string name, AnnotationIndex index, RecordFormat format) : base(path, name)
    {
        (_index, _format) = (index, format);
        _handle = new Lazy<SafeFileHandle>(() => UserFile.Open(path, FileOptions.RandomAccess));
        _rowOf = new int[index.Keys.Count];
        _placeOf = new int[index.Keys.Count];
        _rowOf.AsSpan().Fill(-1);
        for (int row = index.Ordinals.Length - 1; row >= 0; row--)
        {
            int start = index.ImageStarts[row];
            for (int at = index.ImageStarts[row + 1] - 1; at >= start; at--)
                (_rowOf[index.ImageKeys[at]], _placeOf[index.ImageKeys[at]]) = (row, at - start);
        }
    }

    /// <summary>The container of a file's images; null if all of them are names.</summary>
    public static InlineImages? Of(string path, string name, AnnotationIndex index, RecordFormat format)
    {
        for (int key = 0; key < index.Keys.Count; key++)
        {
            if (InlineImage.IsKey(index.Keys[key]))
                return new InlineImages(path, name, index, format);
        }

        return null;
    }

    /// <summary>Finds an image by its number among the file's keys.</summary>
    public ImageLookup Find(int key)
    {
        string path = $"{Name}[{_index.Ordinals[_rowOf[key]]}]#{_placeOf[key]}";
        ReadOnlySpan<byte> text = _index.Keys[key];
        if (InlineImage.FaultOf(text) is { } fault)
            return new ImageLookup(path, -1, 0, RejectReason.ImageDamaged, $"{path}: {fault}");
        long length = InlineImage.LengthOf(text);
        return length == 0
            ? new ImageLookup(path, -1, 0, RejectReason.ImageEmpty, $"{path} has no bytes")
            : new ImageLookup(path, key, length, Holder: this);
    }

    public override ImageLookup Find(string key, DatasetDefinition dataset) =>
        throw new NotSupportedException("images in records are found by their number");

    public override PooledBytes Read(string path, int entry, PooledBuffers buffers)
    {
        int row = _rowOf[entry];
        byte[] bytes = ArrayPool<byte>.Shared.Rent(_index.Lengths[row]);
        if (!_drafts.TryTake(out RecordDraft? draft))
            draft = new RecordDraft();
        try
        {
            Span<byte> json = bytes.AsSpan(0, _index.Lengths[row]);
            int read = _handle.Value.ReadUntilFull(json, _index.Offsets[row]);
            _format.Parse(json[..read], draft, _index.IdOf[row] < 0 ? default : _index.Ids[_index.IdOf[row]]);
            if (_placeOf[entry] >= draft.Images.Count)
                throw Changed(path);
            ReadOnlySpan<byte> reference = draft[draft.Images[_placeOf[entry]]];
            Span<byte> key = stackalloc byte[InlineImage.LongestKey];
            if (!InlineImage.KeyOf(reference, key).SequenceEqual(_index.Keys[entry]))
                throw Changed(path);
            ReadOnlySpan<byte> text = InlineImage.TextOf(reference);
            text.CopyTo(bytes);
            return Base64Text.TryDecode(bytes.AsSpan(0, text.Length), buffers)
                ?? throw new RecordRejectedException(RejectReason.ImageDamaged, $"{path} is not base64");
        }
        catch (JsonException)
        {
            throw Changed(path);
        }
        finally
        {
            _drafts.Add(draft);
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private static RecordRejectedException Changed(string path) =>
        new(RejectReason.ImageMissing, $"{path} is no longer where it was indexed");
}
