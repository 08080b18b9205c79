using System.Runtime.InteropServices;
using System.Text;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Sources.Datasets;
using VisualChat.Pipeline.Sources.Images;
using VisualChat.Pipeline.Sources.Indexes;

namespace VisualChat.Pipeline.Sources;

/// <summary>
/// Makes a dataset's <see cref="DatasetIndex"/> of the indexes of its files: looks images up,
/// rejects records that cannot be used, and forms conversations.
/// </summary>
internal sealed class DatasetResolver(DatasetDefinition dataset, MissingImages missingImages, ImageTable images)
{
    private readonly List<ResolvedFile> _files = [];
    private readonly List<ImageLookup> _problems = [];
    private readonly List<Reject> _rejects = [];
    private readonly List<int> _ordinals = [];
    private readonly List<ushort> _rounds = [];
    private readonly List<ushort> _firstRoundImages = [];
    private readonly List<int> _imageStarts = [0];
    private readonly List<int> _imageIds = [];
    private readonly List<int> _fileOf = [];
    private readonly List<int> _rowOf = [];

    // Every id met so far, and the usable record that has it (-1: none).
    private readonly Utf8Table _ids = new();
    private readonly List<int> _recordOfId = [];
    private int _recordsRead;
    private readonly MendTally _mended = new();
    private int _imagesDropped;

    /// <summary>Adds the records of one file.</summary>
    public void Add(string path, string fileName, AnnotationIndex index, ImageContainer container)
    {
        var file = new ResolvedFile(path, fileName, index, _recordsRead, FindImages(path, fileName, index, container));
        _files.Add(file);
        int nextReject = 0;
        for (int row = 0; row <= index.Ordinals.Length; row++)
        {
            bool isRecord = row < index.Ordinals.Length;
            int ordinal = isRecord ? index.Ordinals[row] : int.MaxValue;
            for (; nextReject < index.Rejects.Length && index.Rejects[nextReject].Ordinal < ordinal; nextReject++)
                AddReject(file, index.Rejects[nextReject]);
            if (isRecord)
                AddRecord(file, row);
        }

        _recordsRead += index.RecordsRead;
    }

    /// <summary>The dataset's index.</summary>
    public DatasetIndex Finish()
    {
        (int[] starts, int[] records) = FormConversations();
        return new DatasetIndex
        {
            Name = dataset.Name,
            RecordsRead = _recordsRead,
            ImagesDropped = _imagesDropped,
            Mended = _mended.Finish(),
            RecordOrdinals = [.. _ordinals],
            Rounds = [.. _rounds],
            FirstRoundImages = [.. _firstRoundImages],
            ImageStarts = [.. _imageStarts],
            ImageIds = [.. _imageIds],
            ConversationStarts = starts,
            ConversationRecords = records,
            Rejects = _rejects,
            Files = [.. _files.Select(file => new AnnotationFile(file.Name, file.FirstOrdinal))],
            Reader = new RecordReader(dataset.Name, dataset.Format, _files, [.. _fileOf], [.. _rowOf]),
        };
    }

    // Lookups wait for storage, so they run side by side; numbers are given in the order of the
    // keys.
    private int[] FindImages(string path, string fileName, AnnotationIndex index, ImageContainer container)
    {
        var inline = InlineImages.Of(path, fileName, index, dataset.Format);
        var found = new ImageLookup[index.Keys.Count];
        _ = Parallel.For(0, found.Length, key =>
        {
            found[key] = inline is not null && InlineImage.IsKey(index.Keys[key])
                ? inline.Find(key)
                : container.Find(index.Keys.TextOf(key), dataset);
        });
        int[] imageOf = new int[found.Length];
        for (int key = 0; key < found.Length; key++)
        {
            if (found[key].Problem is null)
            {
                imageOf[key] = images.Add(found[key].Holder ?? container, found[key]);
            }
            else
            {
                _problems.Add(found[key]);
                imageOf[key] = -_problems.Count;
            }
        }

        return imageOf;
    }

    private void AddReject(ResolvedFile file, FileReject reject)
    {
        bool isIdFree = reject.Id is not null && TryTakeId(Encoding.UTF8.GetBytes(reject.Id), record: -1);
        string label = isIdFree ? reject.Id! : file.LabelAt(reject.Ordinal);
        int ordinal = file.FirstOrdinal + reject.Ordinal;
        _rejects.Add(new Reject(dataset.Name, ordinal, label, reject.Reason, reject.Detail));
    }

    private void AddRecord(ResolvedFile file, int row)
    {
        AnnotationIndex index = file.Index;
        int id = index.IdOf[row];
        if (id >= 0 && !TryTakeId(index.Ids[id], record: _ordinals.Count))
        {
            string detail = $"an earlier record has the id '{index.Ids.TextOf(id)}'";
            RejectRecord(file, row, file.LabelAt(index.Ordinals[row]), RejectReason.DuplicateId, detail);
            return;
        }

        int before = _imageIds.Count;
        if (AddImages(file, row, out int firstRoundImages) is ImageLookup problem)
        {
            _imageIds.RemoveRange(before, _imageIds.Count - before);
            if (id >= 0)
                _recordOfId[_ids.Find(index.Ids[id])] = -1;
            RejectRecord(file, row, file.LabelOf(row), problem.Problem!.Value, problem.Detail);
            return;
        }

        int named = index.ImageStarts[row + 1] - index.ImageStarts[row];
        _imagesDropped += named - (_imageIds.Count - before);
        _ordinals.Add(file.FirstOrdinal + index.Ordinals[row]);
        _mended.Add(index.Mends[row], file, row);
        _rounds.Add(index.Rounds[row]);
        _firstRoundImages.Add((ushort)firstRoundImages);
        _imageStarts.Add(_imageIds.Count);
        _fileOf.Add(_files.Count - 1);
        _rowOf.Add(row);
    }

    // Adds the images of a record that can be used. The problem that makes the record unusable;
    // null if none does.
    private ImageLookup? AddImages(ResolvedFile file, int row, out int firstRoundImages)
    {
        AnnotationIndex index = file.Index;
        int before = _imageIds.Count;
        int start = index.ImageStarts[row];
        ImageLookup? missing = null;
        firstRoundImages = 0;
        for (int at = start; at < index.ImageStarts[row + 1]; at++)
        {
            int image = file.ImageOf[index.ImageKeys[at]];
            if (image >= 0)
            {
                _imageIds.Add(image);
                if (at - start < index.FirstRoundImages[row])
                    firstRoundImages++;
                continue;
            }

            ImageLookup problem = _problems[-1 - image];
            missing ??= problem;
            if (!MayDrop(problem))
                return problem;
        }

        // A record that named images and is left without any is not what it was.
        return _imageIds.Count == before ? missing : null;
    }

    private bool MayDrop(ImageLookup problem) =>
        problem.Problem == RejectReason.ImageMissing
        && missingImages != MissingImages.Reject
        && dataset.Format.CanLoseImages;

    private void RejectRecord(ResolvedFile file, int row, string label, RejectReason reason, string detail) =>
        _rejects.Add(new Reject(dataset.Name, file.FirstOrdinal + file.Index.Ordinals[row], label, reason, detail));

    // False: an earlier record has the id.
    private bool TryTakeId(ReadOnlySpan<byte> id, int record)
    {
        _ = _ids.Add(id, out bool added);
        if (added)
            _recordOfId.Add(record);
        return added;
    }

    // The first record not yet used, in file order, begins a conversation; the records that it
    // lists over the same images follow in the order of the list. The lists of those are not
    // followed: the published lists are complete within a group, and the released loader does the
    // same.
    private (int[] Starts, int[] Records) FormConversations()
    {
        var starts = new List<int> { 0 };
        var records = new List<int>(_ordinals.Count);
        bool[] used = new bool[_ordinals.Count];
        for (int record = 0; record < used.Length; record++)
        {
            if (used[record])
                continue;
            used[record] = true;
            records.Add(record);
            AnnotationIndex index = _files[_fileOf[record]].Index;
            int row = _rowOf[record];
            for (int at = index.RelatedStarts[row]; at < index.RelatedStarts[row + 1]; at++)
            {
                int id = _ids.Find(index.Ids[index.Related[at]]);
                int other = id < 0 ? -1 : _recordOfId[id];
                if (other < 0 || used[other] || !ImagesOf(other).SequenceEqual(ImagesOf(record)))
                    continue;
                used[other] = true;
                records.Add(other);
            }

            starts.Add(records.Count);
        }

        return ([.. starts], [.. records]);
    }

    private ReadOnlySpan<int> ImagesOf(int record) =>
        CollectionsMarshal.AsSpan(_imageIds)[_imageStarts[record].._imageStarts[record + 1]];
}
