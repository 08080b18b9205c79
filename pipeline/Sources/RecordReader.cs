using System.Buffers;
using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using VisualChat.Model.Files;
using VisualChat.Pipeline.Sources.Formats;
using VisualChat.Pipeline.Sources.Images;
using VisualChat.Pipeline.Sources.Indexes;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Sources;

/// <summary>
/// Reads records with the parser that indexed them: one positional read, one parse, no state
/// between calls.
/// </summary>
/// <param name="dataset">The dataset's name.</param>
/// <param name="format">Its format.</param>
/// <param name="files">Its files.</param>
/// <param name="fileOf">[records] Number of the record's file.</param>
/// <param name="rowOf">[records] The record's row in that file's index.</param>
internal sealed class RecordReader(
    string dataset,
    RecordFormat format,
    IReadOnlyList<ResolvedFile> files,
    int[] fileOf,
    int[] rowOf) : IRecordReader
{
    private readonly ConcurrentBag<RecordDraft> _drafts = [];

    private readonly Lazy<SafeFileHandle>[] _handles =
        [.. files.Select(file => new Lazy<SafeFileHandle>(() => OpenForReading(file.Path)))];

    public string LabelOf(int record) => files[fileOf[record]].LabelOf(rowOf[record]);

    public IReadOnlyList<RecordRound> Read(int record, long seed)
    {
        ResolvedFile file = files[fileOf[record]];
        AnnotationIndex index = file.Index;
        int row = rowOf[record];
        byte[] bytes = ArrayPool<byte>.Shared.Rent(index.Lengths[row]);
        if (!_drafts.TryTake(out RecordDraft? draft))
            draft = new RecordDraft();
        try
        {
            Span<byte> json = bytes.AsSpan(0, index.Lengths[row]);
            int read = _handles[fileOf[record]].Value.ReadUntilFull(json, index.Offsets[row]);
            format.Parse(json[..read], draft, index.IdOf[row] < 0 ? default : index.Ids[index.IdOf[row]]);
            if (!IsAsIndexed(draft, index, row))
                throw Changed(record);
            var rounds = new List<ComposedRound>(draft.Rounds.Count);
            format.Compose(draft, new ChoiceKey(seed, dataset, file.FirstOrdinal + index.Ordinals[row]), rounds);
            return WithImages(rounds, file, index.ImageStarts[row]);
        }
        catch (Exception exception) when (exception is JsonException or RecordRejectedException)
        {
            // It parsed when it was indexed, and by the same code.
            throw Changed(record);
        }
        finally
        {
            _drafts.Add(draft);
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private static SafeFileHandle OpenForReading(string path) =>
        UserFile.Open(path, FileOptions.RandomAccess);

    private static RecordRound[] WithImages(List<ComposedRound> composed, ResolvedFile file, int at)
    {
        var rounds = new RecordRound[composed.Count];
        for (int round = 0; round < rounds.Length; round++)
        {
            var images = new List<int>(composed[round].Images);
            for (int end = at + composed[round].Images; at < end; at++)
            {
                // A negative number is a missing image, which data.missing_images leaves out.
                int image = file.ImageOf[file.Index.ImageKeys[at]];
                if (image >= 0)
                    images.Add(image);
            }

            rounds[round] = new RecordRound(composed[round].Question, composed[round].Answer, images);
        }

        return rounds;
    }

    private bool IsAsIndexed(RecordDraft draft, AnnotationIndex index, int row)
    {
        ReadOnlySpan<int> keys = index.ImageKeys.AsSpan(index.ImageStarts[row]..index.ImageStarts[row + 1]);
        if (format.RoundsOf(draft) != index.Rounds[row] || draft.Images.Count != keys.Length)
            return false;
        Span<byte> buffer = stackalloc byte[InlineImage.LongestKey];
        for (int image = 0; image < keys.Length; image++)
        {
            if (!InlineImage.KeyOf(draft[draft.Images[image]], buffer).SequenceEqual(index.Keys[keys[image]]))
                return false;
        }

        return true;
    }

    private RecordRejectedException Changed(int record) => new(
        RejectReason.InvalidJson,
        $"{LabelOf(record)} is no longer what was indexed: its file has changed since");
}
