using System.Text.Json;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Sources.Formats;
using VisualChat.Pipeline.Sources.Images;
using VisualChat.Pipeline.Sources.Json;

namespace VisualChat.Pipeline.Sources.Indexes;

/// <summary>Reads and parses an annotation file once, and fills the columns of its index.</summary>
internal sealed class AnnotationIndexBuilder(string path, RecordFormat format)
{
    private readonly List<int> _ordinals = [];
    private readonly List<long> _offsets = [];
    private readonly List<int> _lengths = [];
    private readonly List<ushort> _rounds = [];
    private readonly List<ushort> _firstRoundImages = [];
    private readonly List<int> _idOf = [];
    private readonly List<int> _imageStarts = [0];
    private readonly List<int> _imageKeys = [];
    private readonly List<int> _relatedStarts = [0];
    private readonly List<int> _related = [];
    private readonly Utf8Table _keys = new();
    private readonly Utf8Table _ids = new();
    private readonly List<FileReject> _rejects = [];
    private readonly List<Mend> _mends = [];
    private readonly RecordDraft _draft = new();
    private readonly byte[] _inlineKey = new byte[InlineImage.LongestKey];
    private byte[] _key = [];

    /// <exception cref="WorkException">The file's JSON is broken.</exception>
    public AnnotationIndex Build(Action<long> progress, CancellationToken cancellationToken)
    {
        using var scanner = RecordScanner.Open(path, format.Layout);
        int ordinal = 0;
        for (; scanner.Next(); ordinal++)
        {
            if ((ordinal & 0xFFF) == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                progress(scanner.ValueOffset);
            }

            if (TryParse(scanner, ordinal))
                Add(scanner, ordinal);
        }

        progress(scanner.FileLength);
        return Finish(recordsRead: ordinal);
    }

    // False: the record is rejected.
    private bool TryParse(RecordScanner scanner, int ordinal)
    {
        try
        {
            Parse(scanner);
            return true;
        }
        catch (RecordRejectedException reject)
        {
            string? id = _draft.Id.Exists ? _draft.TextOf(_draft.Id) : null;
            _rejects.Add(new FileReject(ordinal, id, reject.Reason, reject.Detail));
        }
        catch (JsonException exception) when (scanner.IsLines)
        {
            int at = JsonErrors.OffsetIn(scanner.Value, exception);
            string detail = $"not valid JSON at byte {at} of the line: {JsonErrors.Sentence(exception)}";
            _rejects.Add(new FileReject(ordinal, null, RejectReason.InvalidJson, detail));
        }
        catch (JsonException exception)
        {
            throw scanner.Broken(exception);
        }

        return false;
    }

    // If a key is not valid text, its record is rejected, but its JSON must still be sound.
    private void Parse(RecordScanner scanner)
    {
        if (format.Layout.Container != RecordContainer.Map)
        {
            format.Parse(scanner.Value, _draft);
            return;
        }

        if (_key.Length < scanner.KeyLength)
            _key = new byte[scanner.KeyLength * 2];
        int length = scanner.CopyKey(_key);
        format.Parse(scanner.Value, _draft, _key.AsSpan(0, Math.Max(0, length)));
        if (length < 0)
        {
            _draft.Id = TextSlice.None;
            throw new RecordRejectedException(
                RejectReason.InvalidText, "the record's key is not UTF-8, or has half of a surrogate pair");
        }
    }

    private void Add(RecordScanner scanner, int ordinal)
    {
        _ordinals.Add(ordinal);
        _offsets.Add(scanner.ValueOffset);
        _lengths.Add(scanner.Value.Length);
        _rounds.Add((ushort)format.RoundsOf(_draft));
        _firstRoundImages.Add((ushort)_draft.Rounds[0].Images);
        _mends.Add(_draft.Mends);
        _idOf.Add(_draft.Id.Exists ? _ids.Add(_draft[_draft.Id]) : -1);
        foreach (TextSlice key in _draft.Images)
            _imageKeys.Add(_keys.Add(InlineImage.KeyOf(_draft[key], _inlineKey)));
        _imageStarts.Add(_imageKeys.Count);
        foreach (TextSlice id in _draft.Related)
            _related.Add(_ids.Add(_draft[id]));
        _relatedStarts.Add(_related.Count);
    }

    private AnnotationIndex Finish(int recordsRead) => new()
    {
        RecordsRead = recordsRead,
        Ordinals = [.. _ordinals],
        Offsets = [.. _offsets],
        Lengths = [.. _lengths],
        Rounds = [.. _rounds],
        FirstRoundImages = [.. _firstRoundImages],
        Mends = [.. _mends],
        IdOf = [.. _idOf],
        ImageStarts = [.. _imageStarts],
        ImageKeys = [.. _imageKeys],
        RelatedStarts = [.. _relatedStarts],
        Related = [.. _related],
        Keys = _keys,
        Ids = _ids,
        Rejects = [.. _rejects],
    };
}
