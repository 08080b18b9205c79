using VisualChat.Pipeline.Sources.Formats.Shapes;
using static VisualChat.Pipeline.Sources.Formats.Shapes.Field;

namespace VisualChat.Pipeline.Sources.Formats;

/// <summary>
/// The fields of a conversation as the world writes it: messages of <c>from</c> and <c>value</c> or
/// of <c>role</c> and <c>content</c>, content as a string or as parts; rounds of <c>user</c> and
/// <c>assistant</c>; images as one or many, as paths, addresses, data URIs or objects of these.
/// <see cref="ConversationRounds"/> makes rounds of what is read. The keys are those of LLaVA and
/// LLaVA-NeXT, LLaMA-Factory, ms-swift, TRL, OpenAI's files, Qwen-VL, InternVL, Mantis and The
/// Cauldron.
/// </summary>
internal static class ConversationTable
{
    private const string TextPart = "text";
    private const string ImagePart = "image";
    private const string AddressPart = "image_url";

    // The second words are those of OpenAI's Responses.
    private static readonly KindShape PartKinds = new KindShape(TextPart, ImagePart, AddressPart)
        .Or(TextPart, "input_text", "output_text")
        .Or(AddressPart, "input_image");

    private static readonly ObjectShape Part = new(
        Of("type", PartKinds),
        Text("text", static (draft, text) => draft.Part = draft.Part with { Text = text }).RequiredFor(TextPart),
        Of("image_url", OneImage(static (draft, key) => draft.Part = draft.Part with { Image = key }))
            .Or("image", "image_path", "path", "url").RequiredFor(AddressPart),
        Text("bytes", static (draft, text) => draft.Part = draft.Part with { Image = DataUriOf(draft, text) })
            .Or("base64").InsteadOf("image_url"))
    {
        Begin = static draft => draft.Part = DraftPart.Empty,
        End = AddPart,
        NeedsOneOf = ["type", "text", "image_url"],
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
        ("model", Speaker.Assistant),
        ("bot", Speaker.Assistant),
        ("chatgpt", Speaker.Assistant),
        ("system", Speaker.System),
        ("developer", Speaker.System));

    private static readonly ObjectShape Message = new(
        Of("role", Role).Or("from").Required(),
        Of("content", new EitherShape(PlainContent, list: PartsContent)).Or("value").Required(),
        Of("images", Images(static draft => draft.MessageImages)).Or("image"),
        Unused("tool_calls"),
        Unused("function_call"))
    {
        Begin = static draft =>
        {
            draft.MessageImages.Clear();
            draft.BeginMessage();
        },
        End = AddMessage,
    };

    private static readonly ListShape Messages = new("a message", Message) { Begin = BeginMessages };

    private static readonly ObjectShape Round = new(
        Text("user", static (draft, text) => draft.Question = text).Required(),
        Text("assistant", static (draft, text) => draft.Answer = text).Required())
    {
        End = static draft =>
        {
            draft.BeginMessage();
            draft.Message = draft.Message with { Speaker = Speaker.User, Text = draft.Question };
            draft.EndMessage();
            draft.BeginMessage();
            draft.Message = draft.Message with { Speaker = Speaker.Assistant, Text = draft.Answer };
            draft.EndMessage();
        },
    };

    private static readonly ListShape Rounds = new("a round of 'texts'", Round) { Begin = BeginMessages };

    /// <summary>The fields of a record.</summary>
    public static Field[] Fields { get; } =
    [
        Of("messages", Messages).Or("conversations", "conversation").Required(),
        Of("texts", Rounds).InsteadOf("messages"),
        Of("images", Images(static draft => draft.ListedImages, Mend.ImagesNotListed)).Or("image_paths"),
        Of("image", Images(static draft => draft.OnlyImages)).Or("image_path"),
        Text("system", TakeSystem),
        Unused("videos"),
        Unused("video"),
        Unused("audios"),
        Unused("audio"),
    ];

    private static void BeginMessages(RecordDraft draft)
    {
        draft.Messages.Clear();
        draft.Images.Clear();
    }

    // An image is a string, or an object of the path or the bytes, as Hugging Face's struct is.
    private static EitherShape OneImage(Action<RecordDraft, TextSlice> take) => new(new TextShape(take), ImageOf(take));

    // A list of images, or one image, which is a mend where a list is meant.
    private static EitherShape Images(Func<RecordDraft, List<TextSlice>> listOf, Mend ofOne = Mend.None)
    {
        void Only(RecordDraft draft, TextSlice key)
        {
            listOf(draft).Clear();
            if (key.Length <= 0)
                return;
            listOf(draft).Add(key);
            draft.Mends |= ofOne;
        }

        var list = new ListShape("an image of the list", OneImage((draft, key) => listOf(draft).Add(key)))
        {
            Begin = draft => listOf(draft).Clear(),
        };
        return new EitherShape(new TextShape(Only), ImageOf(Only), list);
    }

    private static ObjectShape ImageOf(Action<RecordDraft, TextSlice> take) => new(
        Text("path", static (draft, text) => draft.Image = draft.Image with { Path = text })
            .Or("url", "image", "image_path", "image_url", "file_name"),
        Text("bytes", static (draft, text) => draft.Image = draft.Image with { Bytes = DataUriOf(draft, text) })
            .Or("base64"))
    {
        Begin = static draft => draft.Image = DraftImage.Empty,
        End = draft => take(draft, draft.Image.Bytes.Exists ? draft.Image.Bytes : draft.Image.Path),
        NeedsOneOf = ["path", "bytes"],
    };

    private static TextSlice DataUriOf(RecordDraft draft, TextSlice base64) =>
        draft.Join(draft.Add("data:;base64,"u8), base64);

    private static void AddPart(RecordDraft draft)
    {
        DraftPart part = draft.Part;
        bool hasText = part.Text.Length > 0;
        bool hasImage = part.Image.Length > 0;
        string? kind = draft.Kind < 0 ? null : PartKinds.Kinds[draft.Kind];
        bool isText = kind is null ? part.Text.Exists && !hasImage : kind == TextPart;
        if (isText ? hasImage : hasText)
            draft.Ambiguity ??= "a part of 'content' has both a text and an image";
        if (isText)
            draft.PartTexts.Add(part.Text);
        else
            draft.Images.Add(hasImage ? part.Image : TextSlice.None);
    }

    private static void AddMessage(RecordDraft draft)
    {
        if (draft.MessageImages.Count > 0 && draft.Images.Count > draft.Message.FirstImage)
            draft.Ambiguity ??= "a message has images both among its parts and beside them";
        else
            draft.Images.AddRange(draft.MessageImages);
        draft.EndMessage();
    }

    private static TextSlice JoinParts(RecordDraft draft)
    {
        TextSlice lineBreak = draft.Add("\n"u8);
        return draft.JoinAll(draft.Add(default), draft.PartTexts, lineBreak);
    }

    private static void TakeSystem(RecordDraft draft, TextSlice text)
    {
        if (text.Length > 0)
            draft.Mends |= Mend.SystemLeftOut;
    }
}
