using System.Text;
using System.Text.Json;

namespace VisualChat.Pipeline.Sources.Formats;

/// <summary>
/// One record as its format's parser finds it. Its text is kept unescaped in one buffer that is used again for the next record, so
/// that indexing, which throws the text away, allocates nothing a record.
/// </summary>
internal sealed class RecordDraft
{
    private byte[] _bytes = new byte[16 << 10];
    private int _used;

    /// <summary>The record's own id; none where the format has none.</summary>
    public TextSlice Id { get; set; } = TextSlice.None;

    /// <summary>Turns as they stand in the file.</summary>
    public List<DraftTurn> Turns { get; } = [];

    /// <summary>Rounds, or the alternatives one is drawn from.</summary>
    public List<DraftRound> Rounds { get; } = [];

    /// <summary>Keys of the images in the order shown.</summary>
    public List<TextSlice> Images { get; } = [];

    /// <summary>Keys of images listed apart from the turns that show them.</summary>
    public List<TextSlice> ListedImages { get; } = [];

    /// <summary>Ids of related records.</summary>
    public List<TextSlice> Related { get; } = [];

    /// <summary>Begins a new record.</summary>
    public void Clear()
    {
        _used = 0;
        Id = TextSlice.None;
        Turns.Clear();
        Rounds.Clear();
        Images.Clear();
        ListedImages.Clear();
        Related.Clear();
    }

    /// <summary>A text's bytes. Valid until text is added.</summary>
    public ReadOnlySpan<byte> this[TextSlice slice] => _bytes.AsSpan(slice.Start, slice.Length);

    /// <summary>A text, decoded.</summary>
    public string TextOf(TextSlice slice) => Encoding.UTF8.GetString(this[slice]);

    /// <summary>Adds the string or property name the reader stands on, unescaped.</summary>
    /// <exception cref="InvalidOperationException">It is not valid UTF-8, or has an escape that is no character.</exception>
    public TextSlice Add(ref Utf8JsonReader json)
    {
        Reserve(json.ValueSpan.Length);
        int length = json.CopyString(_bytes.AsSpan(_used));
        return Take(length);
    }

    /// <summary>Adds a text.</summary>
    public TextSlice Add(ReadOnlySpan<byte> text)
    {
        Reserve(text.Length);
        text.CopyTo(_bytes.AsSpan(_used));
        return Take(text.Length);
    }

    /// <summary>Adds another of this draft's texts behind the last one added, which becomes longer.</summary>
    public TextSlice Join(TextSlice last, TextSlice other)
    {
        Reserve(other.Length);
        _bytes.AsSpan(other.Start, other.Length).CopyTo(_bytes.AsSpan(_used));
        _ = Take(other.Length);
        return new TextSlice(last.Start, last.Length + other.Length);
    }

    private TextSlice Take(int length)
    {
        var slice = new TextSlice(_used, length);
        _used += length;
        return slice;
    }

    private void Reserve(int length)
    {
        if (_bytes.Length - _used < length)
            Array.Resize(ref _bytes, checked((int)Math.Max(_bytes.Length * 2L, (long)_used + length)));
    }
}
