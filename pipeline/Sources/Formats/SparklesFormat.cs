using System.Text;
using System.Text.Json;
using VisualChat.Pipeline.Randomness;
using VisualChat.Pipeline.Sources.Files;

namespace VisualChat.Pipeline.Sources.Formats;

/// <summary>
/// SparklesDialogue's JSON: an array of dialogues whose user turns may each bring new images (data-schemas/sparkles.schema.json).
/// <c>&lt;Img&gt;&lt;ImageHere&gt;&lt;/Img&gt;</c> is removed, once for each image of its turn; <c>IMAGE#id</c> becomes a name
/// of one scheme drawn for the dialogue. A name counts the images as shown, so "image b" is the template's image 2.
/// </summary>
internal sealed class SparklesFormat : RecordFormat
{
    public override string Name => "sparkles";

    public override RecordLayout Layout { get; } = new(RecordContainer.Array);

    // Its text speaks of every image by name.
    public override bool CanLoseImages => false;

    private static ReadOnlySpan<byte> Mark => "<Img><ImageHere></Img>"u8;

    private static ReadOnlySpan<byte> Reference => "IMAGE#"u8;

    public override void Compose(RecordDraft draft, ChoiceKey key, List<ComposedRound> rounds)
    {
        KeyedRandom random = key.For("naming");
        var scheme = (ImageNaming)random.Next(3);
        foreach (DraftRound round in draft.Rounds)
        {
            string question = Rename(draft, draft[round.Question], scheme);
            rounds.Add(new ComposedRound(question, Rename(draft, draft[round.Answer], scheme), round.Images));
        }
    }

    protected override void ReadShape(ref Utf8JsonReader json, RecordDraft draft)
    {
        bool dialogue = false;
        while (NextKey(ref json))
        {
            if (!json.ValueTextEquals("dialogue"u8))
            {
                json.Skip();
                continue;
            }

            dialogue = true;
            Enter(ref json, JsonTokenType.StartArray, "dialogue");
            draft.Turns.Clear();
            draft.Images.Clear();
            while (NextElement(ref json))
                ReadTurn(ref json, draft);
        }

        Require(dialogue, "dialogue");
    }

    protected override void Check(RecordDraft draft)
    {
        RequireAlternation(draft);
        for (int turn = 0; turn < draft.Turns.Count; turn += 2)
        {
            DraftTurn asked = draft.Turns[turn];
            DraftTurn answered = draft.Turns[turn + 1];
            TextSlice question = ImageMark.RemoveAll(draft, asked.Text, Mark, out int marks);
            if (marks != asked.Images)
                throw new RecordRejectedException(RejectReason.ImageMarks, $"turn {turn + 1} marks {marks} images and lists {asked.Images}");
            if (answered.Images > 0 || draft[answered.Text].IndexOf(Mark) >= 0)
                throw new RecordRejectedException(RejectReason.ImageMarks, $"turn {turn + 2}, an answer, shows an image");
            RequireKnownReferences(draft, question);
            RequireKnownReferences(draft, answered.Text);
            AddRound(draft, question, answered.Text, asked.Images);
        }
    }

    private static void ReadTurn(ref Utf8JsonReader json, RecordDraft draft)
    {
        ExpectObject(ref json, "a turn of 'dialogue'");
        Speaker? speaker = null;
        TextSlice text = TextSlice.None;
        int before = draft.Images.Count;
        while (NextKey(ref json))
        {
            if (json.ValueTextEquals("role"u8))
            {
                _ = json.Read();
                if (json.TokenType != JsonTokenType.String)
                    throw WrongType("'role'", "a string");
                speaker = json.ValueTextEquals("user"u8) ? Speaker.User : json.ValueTextEquals("assistant"u8) ? Speaker.Assistant : Speaker.Other;
            }
            else if (json.ValueTextEquals("content"u8))
            {
                text = ReadText(ref json, draft, "content");
            }
            else if (json.ValueTextEquals("images"u8))
            {
                draft.Images.RemoveRange(before, draft.Images.Count - before);
                Enter(ref json, JsonTokenType.StartArray, "images");
                while (NextElement(ref json))
                    draft.Images.Add(ReadImage(ref json, draft));
            }
            else
            {
                json.Skip();
            }
        }

        Require(speaker is not null, "role");
        Require(text.Exists, "content");
        draft.Turns.Add(new DraftTurn(speaker!.Value, text, draft.Images.Count - before));
    }

    private static TextSlice ReadImage(ref Utf8JsonReader json, RecordDraft draft)
    {
        ExpectObject(ref json, "an element of 'images'");
        TextSlice id = TextSlice.None;
        while (NextKey(ref json))
        {
            if (json.ValueTextEquals("image_id"u8))
                id = ReadId(ref json, draft, "image_id");
            else
                json.Skip();
        }

        Require(id.Exists, "image_id");
        return id;
    }

    private static void RequireKnownReferences(RecordDraft draft, TextSlice slice)
    {
        ReadOnlySpan<byte> text = draft[slice];
        while (text.IndexOf(Reference) is >= 0 and int found)
        {
            text = text[(found + Reference.Length)..];
            if (text.Length > 0 && IsIdByte(text[0]) && FindReferred(draft, text) < 0)
            {
                int end = text.IndexOfAnyExceptInRange((byte)'0', (byte)'z');
                string id = Encoding.UTF8.GetString(end < 0 ? text : text[..end]);
                throw new RecordRejectedException(RejectReason.ImageMarks, $"the text speaks of IMAGE#{id}, which the dialogue does not show");
            }
        }
    }

    // The image whose id the text begins with, as its first place in the order shown. The longest id wins, and an id that goes on in
    // the text is another id, so that 23 is never found in 2310.
    private static int FindReferred(RecordDraft draft, ReadOnlySpan<byte> text)
    {
        int best = -1;
        for (int image = 0; image < draft.Images.Count; image++)
        {
            ReadOnlySpan<byte> id = draft[draft.Images[image]];
            if (id.Length > 0 && text.StartsWith(id) && (text.Length == id.Length || !IsIdByte(text[id.Length]))
                && (best < 0 || id.Length > draft.Images[best].Length))
            {
                best = image;
            }
        }

        return best;
    }

    private static bool IsIdByte(byte value) => char.IsAsciiLetterOrDigit((char)value) || value == (byte)'_';

    private static string Rename(RecordDraft draft, ReadOnlySpan<byte> text, ImageNaming scheme)
    {
        var renamed = new StringBuilder(text.Length);
        while (text.IndexOf(Reference) is >= 0 and int found)
        {
            _ = renamed.Append(Encoding.UTF8.GetString(text[..found]));
            ReadOnlySpan<byte> rest = text[(found + Reference.Length)..];
            int image = FindReferred(draft, rest);
            if (image < 0)
            {
                _ = renamed.Append("IMAGE#");
                text = rest;
                continue;
            }

            string name = scheme.NameOf(image);
            _ = BeginsSentence(renamed) ? renamed.Append(char.ToUpperInvariant(name[0])).Append(name, 1, name.Length - 1) : renamed.Append(name);
            text = rest[draft.Images[image].Length..];
        }

        return renamed.Append(Encoding.UTF8.GetString(text)).ToString();
    }

    // At the start of the text or of a line, or after white space after a sentence's end, which a closing quote or bracket may follow.
    private static bool BeginsSentence(StringBuilder before)
    {
        int at = before.Length;
        while (at > 0 && char.IsWhiteSpace(before[at - 1]))
        {
            if (before[--at] == '\n')
                return true;
        }

        if (at == 0)
            return true;
        if (at == before.Length)
            return false;
        while (at > 1 && before[at - 1] is '"' or '\'' or ')' or ']' or '”' or '’')
            at--;
        return before[at - 1] is '.' or '!' or '?' or '…';
    }
}
