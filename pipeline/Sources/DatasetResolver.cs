using System.Text;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Sources.Indexes;
using VisualChat.Pipeline.Sources.Formats;
using VisualChat.Pipeline.Sources.Images;

namespace VisualChat.Pipeline.Sources;

/// <summary>Makes a dataset's <see cref="DatasetIndex"/> of its files' indexes: looks images up, rejects what cannot be used, forms conversations.</summary>
internal sealed class DatasetResolver(string name, RecordFormat format, Func<string, string> fileNameOf, MissingImages missingImages, ImageTable images)
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
    private int _imagesDropped;

    /// <summary>Adds the records of one file.</summary>
    public void Add(string path, string fileName, AnnotationIndex index, ImageContainer container)
    {
        var file = new ResolvedFile(path, fileName, index, _recordsRead, Look(index, container));
        _files.Add(file);
        int nextReject = 0;
        for (int row = 0; row <= index.Ordinals.Length; row++)
        {
            int ordinal = row < index.Ordinals.Length ? index.Ordinals[row] : int.MaxValue;
            for (; nextReject < index.Rejects.Length && index.Rejects[nextReject].Ordinal < ordinal; nextReject++)
                AddReject(file, index.Rejects[nextReject]);
            if (row < index.Ordinals.Length)
                AddRecord(file, row);
        }

        _recordsRead += index.RecordsRead;
    }

    /// <summary>The dataset's index.</summary>
    public DatasetIndex Finish()
    {
        var (starts, records) = FormConversations();
        return new DatasetIndex
        {
            Name = name,
            RecordsRead = _recordsRead,
            ImagesDropped = _imagesDropped,
            RecordOrdinals = [.. _ordinals],
            Rounds = [.. _rounds],
            FirstRoundImages = [.. _firstRoundImages],
            ImageStarts = [.. _imageStarts],
            ImageIds = [.. _imageIds],
            ConversationStarts = starts,
            ConversationRecords = records,
            Rejects = _rejects,
            Reader = new RecordReader(name, format, _files, [.. _fileOf], [.. _rowOf]),
        };
    }

    // Lookups wait for storage, so they run side by side; numbers are given in the order of the keys.
    private int[] Look(AnnotationIndex index, ImageContainer container)
    {
        var found = new ImageLookup[index.Keys.Count];
        _ = Parallel.For(0, found.Length, key => found[key] = container.Find(index.Keys.TextOf(key), fileNameOf));
        int[] imageOf = new int[found.Length];
        for (int key = 0; key < found.Length; key++)
        {
            if (found[key].Problem is null)
            {
                imageOf[key] = images.Add(container, found[key]);
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
        string label = reject.Id is not null && TakeId(Encoding.UTF8.GetBytes(reject.Id), -1) ? reject.Id : file.LabelAt(reject.Ordinal);
        _rejects.Add(new Reject(name, file.FirstOrdinal + reject.Ordinal, label, reject.Reason, reject.Detail));
    }

    private void AddRecord(ResolvedFile file, int row)
    {
        AnnotationIndex index = file.Index;
        int id = index.IdOf[row];
        if (id >= 0 && !TakeId(index.Ids[id], _ordinals.Count))
        {
            RejectRecord(file, row, file.LabelAt(index.Ordinals[row]), RejectReason.DuplicateId, $"an earlier record has the id '{index.Ids.TextOf(id)}'");
            return;
        }

        int before = _imageIds.Count;
        int firstRoundImages = 0;
        ImageLookup? missing = null;
        for (int at = index.ImageStarts[row]; at < index.ImageStarts[row + 1]; at++)
        {
            int image = file.ImageOf[index.ImageKeys[at]];
            if (image >= 0)
            {
                _imageIds.Add(image);
                if (at - index.ImageStarts[row] < index.FirstRoundImages[row])
                    firstRoundImages++;
                continue;
            }

            ImageLookup problem = _problems[-1 - image];
            missing ??= problem;
            if (problem.Problem != RejectReason.ImageMissing || missingImages == MissingImages.Reject || !format.CanLoseImages)
            {
                RejectImages(file, row, before, problem);
                return;
            }
        }

        if (_imageIds.Count == before && missing is not null)
        {
            RejectImages(file, row, before, missing.Value);
            return;
        }

        _imagesDropped += index.ImageStarts[row + 1] - index.ImageStarts[row] - (_imageIds.Count - before);
        _ordinals.Add(file.FirstOrdinal + index.Ordinals[row]);
        _rounds.Add(index.Rounds[row]);
        _firstRoundImages.Add((ushort)firstRoundImages);
        _imageStarts.Add(_imageIds.Count);
        _fileOf.Add(_files.Count - 1);
        _rowOf.Add(row);
    }

    private void RejectImages(ResolvedFile file, int row, int before, ImageLookup problem)
    {
        _imageIds.RemoveRange(before, _imageIds.Count - before);
        if (file.Index.IdOf[row] >= 0)
            _recordOfId[_ids.Find(file.Index.Ids[file.Index.IdOf[row]])] = -1;
        RejectRecord(file, row, file.LabelOf(row), problem.Problem!.Value, problem.Detail);
    }

    private void RejectRecord(ResolvedFile file, int row, string label, RejectReason reason, string detail) =>
        _rejects.Add(new Reject(name, file.FirstOrdinal + file.Index.Ordinals[row], label, reason, detail));

    // False: an earlier record has the id.
    private bool TakeId(ReadOnlySpan<byte> id, int record)
    {
        _ = _ids.Add(id, out bool added);
        if (added)
            _recordOfId.Add(record);
        return added;
    }

    // The first record not yet used, in file order, begins a conversation; the records it lists over the same images follow in the
    // order it lists them. What those list in turn is not followed: the published lists are complete within a group, and the released
    // loader does the same.
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
        System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_imageIds)[_imageStarts[record].._imageStarts[record + 1]];
}
