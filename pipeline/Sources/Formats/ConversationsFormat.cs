using System.Text.Json;
using VisualChat.Pipeline.Sources.Formats.Shapes;
using static VisualChat.Pipeline.Sources.Formats.Shapes.Field;

namespace VisualChat.Pipeline.Sources.Formats;

/// <summary>
/// A user's own data as JSON Lines of messages, the form other trainers use
/// (data-schemas/conversations.schema.json). Content is a string, in which <c>&lt;image&gt;</c>
/// shows the next of <c>images</c>, or a list of parts of type text, image and image_url; text
/// parts are joined by line breaks. An image part without a path shows the next of <c>images</c>.
/// All listed images must be shown, and only by the user. A system message at the start is left
/// out: the recipe's <c>template.system</c> stands in its place.
/// </summary>
internal sealed class ConversationsFormat : RecordFormat
{
    private const string TextPart = "text";
    private const string ImagePart = "image";
    private const string AddressPart = "image_url";

    private static readonly KindShape PartKinds = new(TextPart, ImagePart, AddressPart);

    private static readonly TextShape Address =
        new(static (draft, text) => draft.Part = draft.Part with { Address = text });

    private static readonly ObjectShape AddressObject = new(Of("url", Address).Required());

    private static readonly ObjectShape Part = new(
        Of("type", PartKinds).Required(),
        Text("text", static (draft, text) => draft.Part = draft.Part with { Text = text }).RequiredFor(TextPart),
        Text("image", static (draft, text) => draft.Part = draft.Part with { Image = text }),
        Of("image_url", new EitherShape(Address, JsonTokenType.StartObject, AddressObject)).RequiredFor(AddressPart))
    {
        Begin = static draft => draft.Part = DraftPart.Empty,
        End = AddPart,
    };

    private static readonly TextShape PlainContent = new(static (draft, text) =>
    {
        draft.DropMessageImages();
        draft.Message = draft.Message with { Text = text, IsParts = false };
    });

    private static readonly ListShape PartsContent = new("a part of 'content'", Part)
    {
        Begin = static draft =>
        {
            draft.DropMessageImages();
            draft.PartTexts.Clear();
        },
        End = static draft => draft.Message = draft.Message with { Text = JoinParts(draft), IsParts = true },
    };

    private static readonly SpeakerShape Role = new(
        ("user", Speaker.User),
        ("human", Speaker.User),
        ("assistant", Speaker.Assistant),
        ("gpt", Speaker.Assistant),
        ("system", Speaker.System));

    private static readonly ObjectShape Message = new(
        Of("role", Role).Required(),
        Of("content", new EitherShape(PlainContent, JsonTokenType.StartArray, PartsContent)).Required())
    {
        Begin = static draft => draft.BeginMessage(),
        End = static draft => draft.EndMessage(),
    };

    private static readonly ListShape Messages = new("a message", Message)
    {
        Begin = static draft =>
        {
            draft.Messages.Clear();
            draft.Images.Clear();
        },
    };

    public override string Name => "conversations";

    public override RecordLayout Layout { get; } = new(RecordContainer.Lines);

    public override ObjectShape Record { get; } = new(
        Of("messages", Messages).Or("conversations").Required(),
        Texts("images", static draft => draft.ListedImages),
        Id("id", static (draft, id) => draft.Id = id));

    public override bool NeedsImages => false;

    protected override void Check(RecordDraft draft)
    {
        LeaveOutSystemMessage(draft);
        RequireAlternation(draft);

        // Images of parts were collected in order, with gaps for those that take the next listed
        // one.
        TextSlice[] inParts = [.. draft.Images];
        draft.Images.Clear();
        int nextPart = 0;
        int nextListed = 0;
        for (int message = 0; message < draft.Messages.Count; message += 2)
        {
            DraftMessage asked = draft.Messages[message];
            DraftMessage answered = draft.Messages[message + 1];
            int marks = 0;
            TextSlice question = asked.IsParts
                ? asked.Text
                : ImageMark.RemoveAll(draft, asked.Text, ImageMark.Text, out marks);
            int shown = asked.IsParts ? asked.Images : marks;
            if (ShowsImage(draft, answered))
                throw Marks($"answer {(message / 2) + 1} shows an image");
            for (int image = 0; image < shown; image++)
            {
                TextSlice key = asked.IsParts ? inParts[nextPart++] : TextSlice.None;
                draft.Images.Add(key.Exists ? key : NextListed(draft, ref nextListed));
            }

            AddRound(draft, question, answered.Text, shown);
        }

        int listed = draft.ListedImages.Count;
        if (nextListed < listed)
            throw Marks($"'images' lists {listed} images and the text shows {nextListed}");
    }

    private static void LeaveOutSystemMessage(RecordDraft draft)
    {
        if (draft.Messages.Count == 0 || draft.Messages[0].Speaker != Speaker.System)
            return;
        if (draft.Messages[0].Images > 0)
            throw Marks("the system message shows an image");
        draft.Messages.RemoveAt(0);
    }

    private static bool ShowsImage(RecordDraft draft, DraftMessage message) =>
        message.Images > 0 || (!message.IsParts && draft[message.Text].IndexOf(ImageMark.Text) >= 0);

    private static TextSlice NextListed(RecordDraft draft, ref int next)
    {
        if (next == draft.ListedImages.Count)
            throw Marks($"the text shows more images than the {next} that 'images' lists");
        return draft.ListedImages[next++];
    }

    private static void AddPart(RecordDraft draft)
    {
        switch (PartKinds.Kinds[draft.Kind])
        {
            case TextPart:
                draft.PartTexts.Add(draft.Part.Text);
                break;
            case ImagePart:
                draft.Images.Add(draft.Part.Image);
                break;
            default:
                draft.Images.Add(draft.Part.Address);
                break;
        }
    }

    private static TextSlice JoinParts(RecordDraft draft)
    {
        TextSlice lineBreak = draft.Add("\n"u8);
        return draft.JoinAll(draft.Add(default), draft.PartTexts, lineBreak);
    }

    private static RecordRejectedException Marks(string detail) => new(RejectReason.ImageMarks, detail);
}
