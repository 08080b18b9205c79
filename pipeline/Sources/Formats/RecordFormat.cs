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
            RequireOneMeaning(draft);
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
    public static void RequireAlternation(RecordDraft draft)
    {
        List<DraftMessage> messages = draft.Messages;
        for (int message = 0; message < messages.Count; message++)
        {
            if (messages[message].Speaker == Speaker.Other)
            {
                throw new RecordRejectedException(
                    RejectReason.UnknownSpeaker,
                    $"turn {message + 1} is of '{draft.TextOf(messages[message].SpeakerName)}', "
                    + "who is neither the user nor the assistant");
            }
        }

        for (int message = 0; message < messages.Count; message++)
        {
            Speaker wanted = message % 2 == 0 ? Speaker.User : Speaker.Assistant;
            if (messages[message].Speaker == wanted)
                continue;
            string name = wanted == Speaker.User ? "user" : "assistant";
            throw new RecordRejectedException(RejectReason.OddRounds, $"turn {message + 1} is not the {name}'s");
        }

        if (messages.Count == 0)
            throw new RecordRejectedException(RejectReason.OddRounds, "0 turns");
        if (messages.Count % 2 != 0)
        {
            throw new RecordRejectedException(
                RejectReason.OddRounds, $"turn {messages.Count}, the last, is the user's and has no answer");
        }
    }

    /// <summary>
    /// Adds a round, if both texts say something. No mark is left in the question.
    /// </summary>
    public static void AddRound(RecordDraft draft, TextSlice question, TextSlice answer, int images)
    {
        int round = draft.Rounds.Count + 1;
        question = WithoutMarks(draft, question, images);
        if (IsBlank(draft[question]))
            throw new RecordRejectedException(RejectReason.EmptyQuestion, $"round {round} asks nothing");
        if (IsBlank(draft[answer]))
            throw new RecordRejectedException(RejectReason.EmptyAnswer, $"round {round} answers nothing");
        draft.Rounds.Add(new DraftRound(question, answer, images));
    }

    /// <summary>
    /// A question that is known to show some images, without the marks that say so: none, or one
    /// for each image.
    /// </summary>
    /// <exception cref="RecordRejectedException">It has another number of marks.</exception>
    public static TextSlice WithoutMarks(RecordDraft draft, TextSlice question, int images)
    {
        int marks = ImageMark.Count(draft[question]);
        if (marks == 0)
            return question;
        if (marks != images)
            throw Marks($"a question has {marks} image marks and shows {images} images");
        draft.Mends |= Mend.MarksRemoved;
        return ImageMark.RemoveAll(draft, question);
    }

    /// <summary>The reject of marks and images that do not add up.</summary>
    public static RecordRejectedException Marks(string detail) => new(RejectReason.ImageMarks, detail);

    /// <summary>Whether a text is nothing but white space.</summary>
    protected static bool IsBlank(ReadOnlySpan<byte> text)
    {
        while (text.Length > 0)
        {
            _ = Rune.DecodeFromUtf8(text, out Rune rune, out int length);
            if (!Rune.IsWhiteSpace(rune))
                return false;
            text = text[length..];
        }

        return true;
    }

    private static void RequireOneMeaning(RecordDraft draft)
    {
        if (draft.Ambiguity is not null)
            throw new RecordRejectedException(RejectReason.Ambiguous, draft.Ambiguity);
        if (draft.Unusable is not null)
            throw new RecordRejectedException(RejectReason.Unusable, draft.Unusable);
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
