using System.Text;
using System.Text.Json;

namespace VisualChat.Pipeline.Sources.Formats;

/// <summary>
/// One record while it is parsed: a format's table fills what stands in the file, then its check
/// makes <see cref="Rounds"/> of it. Texts are kept unescaped in one buffer that the next record
/// uses again, so indexing, which throws the text away, allocates nothing for most records.
/// </summary>
internal sealed class RecordDraft
{
    private byte[] _bytes = new byte[16 << 10];
    private int _used;

    /// <summary>The record's own id; none where the format has none.</summary>
    public TextSlice Id { get; set; } = TextSlice.None;

    /// <summary>Messages in the file's order.</summary>
    public List<DraftMessage> Messages { get; } = [];

    /// <summary>The only question of a record that asks once.</summary>
    public TextSlice Question { get; set; } = TextSlice.None;

    /// <summary>The only answer of a record that answers once.</summary>
    public TextSlice Answer { get; set; } = TextSlice.None;

    /// <summary>Questions that one is drawn from.</summary>
    public List<TextSlice> Questions { get; } = [];

    /// <summary>Answers that one is drawn from, or of which one is right.</summary>
    public List<TextSlice> Answers { get; } = [];

    /// <summary>Which of <see cref="Answers"/> is right, by the file.</summary>
    public int RightAnswer { get; set; }

    /// <summary>Why the right answer is right.</summary>
    public List<TextSlice> Reasons { get; } = [];

    /// <summary>
    /// The address of the record's image, where the file's name is taken from it.
    /// </summary>
    public TextSlice ImageAddress { get; set; } = TextSlice.None;

    /// <summary>Keys of the images in the order shown.</summary>
    public List<TextSlice> Images { get; } = [];

    /// <summary>Keys of images that are listed apart from the messages that show them.</summary>
    public List<TextSlice> ListedImages { get; } = [];

    /// <summary>
    /// The same, under the key that is meant for one image. A record has one list or the other, or
    /// twice the same.
    /// </summary>
    public List<TextSlice> OnlyImages { get; } = [];

    /// <summary>What was changed in the record so that it can be used.</summary>
    public Mend Mends { get; set; }

    /// <summary>Why the record can be understood in two ways; null if it cannot.</summary>
    public string? Ambiguity { get; set; }

    /// <summary>What the record has that cannot be trained on; null if nothing.</summary>
    public string? Unusable { get; set; }

    /// <summary>Ids of related records.</summary>
    public List<TextSlice> Related { get; } = [];

    /// <summary>Rounds, or the alternatives that one is drawn from.</summary>
    public List<DraftRound> Rounds { get; } = [];

    /// <summary>The message that is being read.</summary>
    public DraftMessage Message { get; set; }

    /// <summary>Keys of images beside the text of the message that is being read.</summary>
    public List<TextSlice> MessageImages { get; } = [];

    /// <summary>Texts of the parts of the message that is being read.</summary>
    public List<TextSlice> PartTexts { get; } = [];

    /// <summary>The part that is being read.</summary>
    public DraftPart Part { get; set; }

    /// <summary>The image that is being read.</summary>
    public DraftImage Image { get; set; }

    /// <summary>
    /// Of the object that is being read, the number of its kind among the shape's; -1 before it is
    /// known.
    /// </summary>
    public int Kind { get; set; }

    /// <summary>A text's bytes. Valid until another text is added.</summary>
    public ReadOnlySpan<byte> this[TextSlice slice] => _bytes.AsSpan(slice.Start, slice.Length);

    /// <summary>Begins a new record.</summary>
    public void Clear()
    {
        _used = 0;
        Id = TextSlice.None;
        Messages.Clear();
        Images.Clear();
        ListedImages.Clear();
        OnlyImages.Clear();
        Related.Clear();
        Rounds.Clear();
        Mends = Mend.None;
        (Ambiguity, Unusable) = (null, null);
    }

    /// <summary>Makes an image the record's only one.</summary>
    public void ShowOnly(TextSlice image)
    {
        Images.Clear();
        Images.Add(image);
    }

    public void BeginMessage() =>
        Message = new DraftMessage(Speaker.Other, TextSlice.None, TextSlice.None, FirstImage: Images.Count);

    public void EndMessage() => Messages.Add(Message with { Images = Images.Count - Message.FirstImage });

    /// <summary>Takes back the images of the message that is being read.</summary>
    public void DropMessageImages() => Images.RemoveRange(Message.FirstImage, Images.Count - Message.FirstImage);

    /// <summary>A text, decoded.</summary>
    public string TextOf(TextSlice slice) => Encoding.UTF8.GetString(this[slice]);

    /// <summary>Adds the string or property name the reader stands on, unescaped.</summary>
    /// <exception cref="InvalidOperationException">
    /// It is not valid UTF-8 or not valid UTF-16.
    /// </exception>
    public TextSlice Add(ref Utf8JsonReader json)
    {
        Reserve(json.ValueSpan.Length);
        int length = json.CopyString(_bytes.AsSpan(_used));
        return Take(length);
    }

    public TextSlice Add(ReadOnlySpan<byte> text)
    {
        Reserve(text.Length);
        text.CopyTo(_bytes.AsSpan(_used));
        return Take(text.Length);
    }

    /// <summary>
    /// Appends a copy of another of this draft's texts to the text that was added last.
    /// </summary>
    public TextSlice Join(TextSlice last, TextSlice other)
    {
        Reserve(other.Length);
        _bytes.AsSpan(other.Start, other.Length).CopyTo(_bytes.AsSpan(_used));
        _ = Take(other.Length);
        return new TextSlice(last.Start, last.Length + other.Length);
    }

    /// <summary>
    /// Adds the texts one after another, with <paramref name="separator"/> between them.
    /// </summary>
    public TextSlice JoinAll(TextSlice first, IReadOnlyList<TextSlice> texts, TextSlice separator)
    {
        TextSlice joined = first;
        for (int text = 0; text < texts.Count; text++)
        {
            if (text > 0)
                joined = Join(joined, separator);
            joined = Join(joined, texts[text]);
        }

        return joined;
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
