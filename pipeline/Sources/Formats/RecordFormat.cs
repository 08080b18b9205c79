using System.Text;
using System.Text.Json;
using VisualChat.Pipeline.Sources.Formats.Shapes;

namespace VisualChat.Pipeline.Sources.Formats;

/// <summary>
/// One source format: a table of a record's fields, and a check that makes rounds of them. The same
/// parser serves indexing and reading, so the two cannot disagree. A record that fails both the
/// table (types and keys, as data-schemas/ describes them) and the check (alternation, empty text,
/// marks) is rejected for the first.
/// </summary>
internal abstract class RecordFormat
{
    /// <summary>The format's name in data-schemas/, in recipes and in the index cache.</summary>
    public abstract string Name { get; }

    /// <summary>How a file holds its records.</summary>
    public abstract RecordLayout Layout { get; }

    /// <summary>The table of a record's fields.</summary>
    public abstract ObjectShape Record { get; }

    /// <summary>Whether a record still makes sense without one of its images.</summary>
    public virtual bool CanLoseImages => true;

    /// <summary>
    /// Whether a record must show an image. Only a user's own conversations may go without.
    /// </summary>
    public virtual bool NeedsImages => true;

    /// <summary>The file name of an image key, where the images are files.</summary>
    public virtual string FileNameOf(string key) => key;

    /// <summary>Parses one record.</summary>
    /// <param name="record">The record's JSON, and nothing else.</param>
    /// <param name="draft">Filled. If the record is rejected, its id stays there.</param>
    /// <param name="key">The record's key, where its file is a map.</param>
    /// <exception cref="JsonException">It is not JSON.</exception>
    /// <exception cref="RecordRejectedException">It cannot be used.</exception>
    public void Parse(ReadOnlySpan<byte> record, RecordDraft draft, ReadOnlySpan<byte> key = default)
    {
        draft.Clear();
        if (Layout.Container == RecordContainer.Map)
            draft.Id = draft.Add(key);
        var json = new Utf8JsonReader(record);
        try
        {
            _ = json.Read();
            Record.Read(ref json, draft, "the record");
            _ = json.Read();
            Check(draft);
        }
        catch (InvalidOperationException)
        {
            ReadToEnd(ref json);
            throw new RecordRejectedException(
                RejectReason.InvalidText, "text that is not UTF-8, or half of a surrogate pair");
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

    /// <summary>How many rounds a parsed record has once its choices are made.</summary>
    public virtual int RoundsOf(RecordDraft draft) => draft.Rounds.Count;

    /// <summary>Makes the record's choices and its rounds.</summary>
    public virtual void Compose(RecordDraft draft, ChoiceKey key, List<ComposedRound> rounds)
    {
        foreach (DraftRound round in draft.Rounds)
        {
            string question = draft.TextOf(round.Question);
            rounds.Add(new ComposedRound(question, draft.TextOf(round.Answer), round.Images));
        }
    }

    /// <summary>Makes rounds of what the table read.</summary>
    /// <exception cref="RecordRejectedException">No conversation can be made of it.</exception>
    protected abstract void Check(RecordDraft draft);

    /// <summary>
    /// Requires that messages alternate between user and assistant and end with an answer.
    /// </summary>
    protected static void RequireAlternation(RecordDraft draft)
    {
        List<DraftMessage> messages = draft.Messages;
        if (messages.Count == 0 || messages.Count % 2 != 0)
            throw new RecordRejectedException(RejectReason.OddRounds, $"{messages.Count} turns");
        for (int message = 0; message < messages.Count; message++)
        {
            Speaker wanted = message % 2 == 0 ? Speaker.User : Speaker.Assistant;
            if (messages[message].Speaker == wanted)
                continue;
            string name = wanted == Speaker.User ? "user" : "assistant";
            throw new RecordRejectedException(RejectReason.OddRounds, $"turn {message + 1} is not the {name}'s");
        }
    }

    /// <summary>Adds a round, if both texts say something.</summary>
    protected static void AddRound(RecordDraft draft, TextSlice question, TextSlice answer, int images)
    {
        int round = draft.Rounds.Count + 1;
        if (IsBlank(draft[question], ImageMark.Text))
            throw new RecordRejectedException(RejectReason.EmptyQuestion, $"round {round} asks nothing");
        if (IsBlank(draft[answer], mark: default))
            throw new RecordRejectedException(RejectReason.EmptyAnswer, $"round {round} answers nothing");
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

    // A rejected record may be broken JSON after the fault that rejected it; then the file is
    // broken.
    private static void ReadToEnd(ref Utf8JsonReader json)
    {
        while (json.Read())
        {
        }
    }
}
