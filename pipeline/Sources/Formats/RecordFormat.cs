using System.Text;
using System.Text.Json;
using VisualChat.Pipeline.Sources.Files;

namespace VisualChat.Pipeline.Sources.Formats;

/// <summary>
/// One source format: how its records are parsed and how a conversation is made of one. The same parser serves indexing and
/// reading, so the two cannot disagree. Parsing has two steps: the shape (types and keys, what data-schemas/ describes), then the
/// sense (alternation, empty text, marks); a record with both kinds of fault is named after the first.
/// </summary>
internal abstract class RecordFormat
{
    /// <summary>The format's name in data-schemas/ and in the index cache.</summary>
    public abstract string Name { get; }

    /// <summary>How its files hold records.</summary>
    public abstract RecordLayout Layout { get; }

    /// <summary>Whether a record is still itself without one of its images.</summary>
    public virtual bool CanLoseImages => true;

    /// <summary>Whether a record must show an image. The datasets' records are about theirs; a user's own conversations may go without.</summary>
    public virtual bool NeedsImages => true;

    /// <summary>Parses one record.</summary>
    /// <param name="record">The record's JSON, and nothing else.</param>
    /// <param name="draft">Filled.</param>
    /// <param name="key">The record's key, where its file is a map.</param>
    /// <exception cref="JsonException">It is not JSON.</exception>
    /// <exception cref="RecordRejectedException">It cannot be used. What the draft then holds of it (its id) stays.</exception>
    public void Parse(ReadOnlySpan<byte> record, RecordDraft draft, ReadOnlySpan<byte> key = default)
    {
        draft.Clear();
        if (Layout.Container == RecordContainer.Map)
            draft.Id = draft.Add(key);
        var json = new Utf8JsonReader(record);
        try
        {
            _ = json.Read();
            if (json.TokenType != JsonTokenType.StartObject)
                throw WrongType("the record", "an object");
            ReadShape(ref json, draft);
            _ = json.Read();
            Check(draft);
        }
        catch (InvalidOperationException)
        {
            ReadToEnd(ref json);
            throw new RecordRejectedException(RejectReason.InvalidText, "text that is not UTF-8, or half of a surrogate pair");
        }
        catch (RecordRejectedException)
        {
            ReadToEnd(ref json);
            throw;
        }

        if (draft.Rounds.Count > ushort.MaxValue)
            throw new RecordRejectedException(RejectReason.SequenceTooLong, $"{draft.Rounds.Count} rounds");
        if (draft.Images.Count > ushort.MaxValue)
            throw new RecordRejectedException(RejectReason.TooManyImages, $"{draft.Images.Count} images");
        if (NeedsImages && draft.Images.Count == 0)
            throw new RecordRejectedException(RejectReason.ImageMissing, "the record shows no image");
    }

    /// <summary>Rounds a parsed record has once its choices are made.</summary>
    public virtual int RoundsOf(RecordDraft draft) => draft.Rounds.Count;

    /// <summary>Makes the record's choices and its rounds.</summary>
    public virtual void Compose(RecordDraft draft, ChoiceKey key, List<ComposedRound> rounds)
    {
        foreach (DraftRound round in draft.Rounds)
            rounds.Add(new ComposedRound(draft.TextOf(round.Question), draft.TextOf(round.Answer), round.Images));
    }

    /// <summary>Reads types and keys. Stands on the record's opening brace; must leave the reader on its closing one.</summary>
    protected abstract void ReadShape(ref Utf8JsonReader json, RecordDraft draft);

    /// <summary>Makes rounds of what was read, or rejects it.</summary>
    protected abstract void Check(RecordDraft draft);

    /// <summary>Moves to the next key of the object the reader is in.</summary>
    protected static bool NextKey(ref Utf8JsonReader json) => json.Read() && json.TokenType == JsonTokenType.PropertyName;

    /// <summary>Moves to the next element of the array the reader is in.</summary>
    protected static bool NextElement(ref Utf8JsonReader json) => json.Read() && json.TokenType != JsonTokenType.EndArray;

    /// <summary>Moves to the value of the key the reader is on.</summary>
    protected static void Enter(ref Utf8JsonReader json, JsonTokenType type, string key)
    {
        _ = json.Read();
        if (json.TokenType != type)
            throw WrongType($"'{key}'", type == JsonTokenType.StartArray ? "an array" : "an object");
    }

    /// <summary>Requires that an element is an object.</summary>
    protected static void ExpectObject(ref Utf8JsonReader json, string what)
    {
        if (json.TokenType != JsonTokenType.StartObject)
            throw WrongType(what, "an object");
    }

    /// <summary>The string value of the key the reader is on.</summary>
    protected static TextSlice ReadText(ref Utf8JsonReader json, RecordDraft draft, string key)
    {
        _ = json.Read();
        return TextHere(ref json, draft, $"'{key}'");
    }

    /// <summary>The string the reader is on.</summary>
    protected static TextSlice TextHere(ref Utf8JsonReader json, RecordDraft draft, string what)
    {
        if (json.TokenType != JsonTokenType.String)
            throw WrongType(what, "a string");
        return draft.Add(ref json);
    }

    /// <summary>The value of the key the reader is on, a string or a whole number, as text.</summary>
    protected static TextSlice ReadId(ref Utf8JsonReader json, RecordDraft draft, string key)
    {
        _ = json.Read();
        if (json.TokenType == JsonTokenType.Number && json.ValueSpan.IndexOfAny(".eE"u8) < 0)
            return draft.Add(json.ValueSpan);
        if (json.TokenType == JsonTokenType.String)
            return draft.Add(ref json);
        throw WrongType($"'{key}'", "a string or a whole number");
    }

    /// <summary>The strings of the array that is the value of the key the reader is on.</summary>
    protected static void ReadTexts(ref Utf8JsonReader json, RecordDraft draft, string key, List<TextSlice> texts)
    {
        Enter(ref json, JsonTokenType.StartArray, key);
        texts.Clear();
        while (NextElement(ref json))
            texts.Add(TextHere(ref json, draft, $"an element of '{key}'"));
    }

    /// <summary>Rejects a record without a required key.</summary>
    protected static void Require(bool found, string key)
    {
        if (!found)
            throw new RecordRejectedException(RejectReason.MissingKey, $"no key '{key}'");
    }

    /// <summary>The rejection of a value of another type.</summary>
    protected static RecordRejectedException WrongType(string what, string wanted) =>
        new(RejectReason.WrongType, $"{what} is not {wanted}");

    /// <summary>Requires that turns alternate between user and assistant, the user first and the assistant last.</summary>
    protected static void RequireAlternation(RecordDraft draft)
    {
        List<DraftTurn> turns = draft.Turns;
        if (turns.Count == 0 || turns.Count % 2 != 0)
            throw new RecordRejectedException(RejectReason.OddRounds, $"{turns.Count} turns");
        for (int turn = 0; turn < turns.Count; turn++)
        {
            if (turns[turn].Speaker != (turn % 2 == 0 ? Speaker.User : Speaker.Assistant))
                throw new RecordRejectedException(RejectReason.OddRounds, $"turn {turn + 1} is not the {(turn % 2 == 0 ? "user" : "assistant")}'s");
        }
    }

    /// <summary>Adds a round if there is text in both.</summary>
    protected static void AddRound(RecordDraft draft, TextSlice question, TextSlice answer, int images)
    {
        if (IsBlank(draft[question], ImageMark.Text))
            throw new RecordRejectedException(RejectReason.EmptyQuestion, $"round {draft.Rounds.Count + 1} asks nothing");
        if (IsBlank(draft[answer], default))
            throw new RecordRejectedException(RejectReason.EmptyAnswer, $"round {draft.Rounds.Count + 1} answers nothing");
        draft.Rounds.Add(new DraftRound(question, answer, images));
    }

    /// <summary>Whether a text is nothing but white space and marks.</summary>
    protected static bool IsBlank(ReadOnlySpan<byte> text, ReadOnlySpan<byte> mark)
    {
        while (text.Length > 0)
        {
            if (mark.Length > 0 && text.StartsWith(mark))
            {
                text = text[mark.Length..];
                continue;
            }

            _ = Rune.DecodeFromUtf8(text, out Rune rune, out int length);
            if (!Rune.IsWhiteSpace(rune))
                return false;
            text = text[length..];
        }

        return true;
    }

    // A rejected record may be broken JSON behind the fault that rejected it; then it is the file that is broken.
    private static void ReadToEnd(ref Utf8JsonReader json)
    {
        while (json.Read())
        {
        }
    }
}
