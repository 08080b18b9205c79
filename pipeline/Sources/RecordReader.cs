using System.Buffers;
using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using VisualChat.Pipeline.Sources.Indexes;
using VisualChat.Pipeline.Sources.Formats;

namespace VisualChat.Pipeline.Sources;

/// <summary>Reads records with the parser that indexed them: one positional read, one parse, no state between calls.</summary>
internal sealed class RecordReader : IRecordReader
{
    private readonly ConcurrentBag<RecordDraft> _drafts = [];
    private readonly Lazy<SafeFileHandle>[] _handles;

    public RecordReader(string dataset, RecordFormat format, IReadOnlyList<ResolvedFile> files, int[] fileOf, int[] rowOf)
    {
        (Dataset, Format, Files, FileOf, RowOf) = (dataset, format, files, fileOf, rowOf);
        _handles = [.. files.Select(file => new Lazy<SafeFileHandle>(() => File.OpenHandle(file.Path, options: FileOptions.RandomAccess)))];
    }

    private string Dataset { get; }

    private RecordFormat Format { get; }

    private IReadOnlyList<ResolvedFile> Files { get; }

    // [records] The record's file, and its row in that file's index.
    private int[] FileOf { get; }

    private int[] RowOf { get; }

    public string LabelOf(int record) => Files[FileOf[record]].LabelOf(RowOf[record]);

    public IReadOnlyList<RecordRound> Read(int record, long seed)
    {
        ResolvedFile file = Files[FileOf[record]];
        AnnotationIndex index = file.Index;
        int row = RowOf[record];
        int length = index.Lengths[row];
        byte[] bytes = ArrayPool<byte>.Shared.Rent(length);
        if (!_drafts.TryTake(out RecordDraft? draft))
            draft = new RecordDraft();
        try
        {
            int read = 0;
            while (read < length && RandomAccess.Read(_handles[FileOf[record]].Value, bytes.AsSpan(read, length - read), index.Offsets[row] + read) is > 0 and int count)
                read += count;
            Format.Parse(bytes.AsSpan(0, read), draft, index.IdOf[row] < 0 ? default : index.Ids[index.IdOf[row]]);
            RequireSame(index, row, draft, record);
            var rounds = new List<ComposedRound>(draft.Rounds.Count);
            Format.Compose(draft, new ChoiceKey(seed, Dataset, file.FirstOrdinal + index.Ordinals[row]), rounds);
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

    private static RecordRound[] WithImages(List<ComposedRound> rounds, ResolvedFile file, int at)
    {
        var turns = new RecordRound[rounds.Count];
        for (int turn = 0; turn < turns.Length; turn++)
        {
            var images = new List<int>(rounds[turn].Images);
            for (int end = at + rounds[turn].Images; at < end; at++)
            {
                // A negative number is an image that is missing, which data.missing_images leaves out.
                int image = file.ImageOf[file.Index.ImageKeys[at]];
                if (image >= 0)
                    images.Add(image);
            }

            turns[turn] = new RecordRound(rounds[turn].Question, rounds[turn].Answer, images);
        }

        return turns;
    }

    private void RequireSame(AnnotationIndex index, int row, RecordDraft draft, int record)
    {
        ReadOnlySpan<int> keys = index.ImageKeys.AsSpan(index.ImageStarts[row]..index.ImageStarts[row + 1]);
        bool same = Format.RoundsOf(draft) == index.Rounds[row] && draft.Images.Count == keys.Length;
        for (int image = 0; same && image < keys.Length; image++)
            same = draft[draft.Images[image]].SequenceEqual(index.Keys[keys[image]]);
        if (!same)
            throw Changed(record);
    }

    private RecordRejectedException Changed(int record) =>
        new(RejectReason.InvalidJson, $"{LabelOf(record)} is no longer what was indexed: its file has changed since");
}
