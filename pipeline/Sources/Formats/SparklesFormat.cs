using VisualChat.Pipeline.Randomness;
using VisualChat.Pipeline.Sources.Formats.Shapes;
using static VisualChat.Pipeline.Sources.Formats.Shapes.Field;

namespace VisualChat.Pipeline.Sources.Formats;

/// <summary>
/// SparklesDialogue's JSON: an array of dialogues whose user messages may each bring new images
/// (data-schemas/sparkles.schema.json). <c>&lt;Img&gt;&lt;ImageHere&gt;&lt;/Img&gt;</c> is removed,
/// once for each image of its message; <c>IMAGE#id</c> becomes a name of one scheme drawn for the
/// dialogue. A name counts the images as shown, so "image b" is the template's image 2.
/// </summary>
internal sealed class SparklesFormat : RecordFormat
{
    private static readonly ObjectShape Image = new(
        Id("image_id", static (draft, id) => draft.Part = draft.Part with { Image = id }).Required())
    {
        End = static draft => draft.Images.Add(draft.Part.Image),
    };

    private static readonly ObjectShape Message = new(
        Of("role", new SpeakerShape(("user", Speaker.User), ("assistant", Speaker.Assistant))).Required(),
        Text("content", static (draft, text) => draft.Message = draft.Message with { Text = text }).Required(),
        Of("images", new ListShape("an element of 'images'", Image)
        {
            Begin = static draft => draft.DropMessageImages(),
        }))
    {
        Begin = static draft => draft.BeginMessage(),
        End = static draft => draft.EndMessage(),
    };

    public override string Name => "sparkles";

    public override RecordLayout Layout { get; } = new(RecordContainer.List);

    public override ObjectShape Record { get; } = new(
        Of("dialogue", new ListShape("a turn of 'dialogue'", Message)
        {
            Begin = static draft =>
            {
                draft.Messages.Clear();
                draft.Images.Clear();
            },
        }).Required());

    // Its text speaks of every image by name.
    public override bool CanLoseImages => false;

    private static ReadOnlySpan<byte> Mark => "<Img><ImageHere></Img>"u8;

    public override string FileNameOf(string key) => $"{key}.jpg";

    public override void Compose(RecordDraft draft, ChoiceKey key, List<ComposedRound> rounds)
    {
        KeyedRandom random = key.For("naming");
        var scheme = (ImageNaming)random.Next(3);
        foreach (DraftRound round in draft.Rounds)
        {
            string question = ImageReferences.Rename(draft, draft[round.Question], scheme);
            string answer = ImageReferences.Rename(draft, draft[round.Answer], scheme);
            rounds.Add(new ComposedRound(question, answer, round.Images));
        }
    }

    protected override void Check(RecordDraft draft)
    {
        RequireAlternation(draft);
        for (int message = 0; message < draft.Messages.Count; message += 2)
        {
            DraftMessage asked = draft.Messages[message];
            DraftMessage answered = draft.Messages[message + 1];
            int marks = ImageMark.Count(draft[asked.Text]);
            if (marks != asked.Images)
                throw Marks($"turn {message + 1} marks {marks} images and lists {asked.Images}");
            TextSlice question = ImageMark.RemoveAll(draft, asked.Text);
            if (answered.Images > 0 || draft[answered.Text].IndexOf(Mark) >= 0)
                throw Marks($"turn {message + 2}, an answer, shows an image");
            RequireShown(draft, question);
            RequireShown(draft, answered.Text);
            AddRound(draft, question, answered.Text, asked.Images);
        }
    }

    private static void RequireShown(RecordDraft draft, TextSlice text)
    {
        if (ImageReferences.FindUnknown(draft, draft[text]) is string id)
            throw Marks($"the text speaks of IMAGE#{id}, which the dialogue does not show");
    }
}
