using VisualChat.Pipeline.Randomness;
using VisualChat.Pipeline.Sources.Formats.Shapes;
using static VisualChat.Pipeline.Sources.Formats.Shapes.Field;

namespace VisualChat.Pipeline.Sources.Formats;

/// <summary>
/// Karpathy's <c>dataset.json</c> of COCO captions (data-schemas/coco-caption.schema.json): an
/// image and some captions, of which one is drawn and asked for with a drawn prompt.
/// </summary>
internal sealed class CocoCaptionFormat : RecordFormat
{
    private static readonly ObjectShape Sentence = new(
        Text("raw", static (draft, text) => draft.Answer = text).Required())
    {
        End = static draft => draft.Answers.Add(draft.Answer),
    };

    public override string Name => "coco-caption";

    public override RecordLayout Layout { get; } = new(RecordContainer.Array, "images");

    public override ObjectShape Record { get; } = new(
        Text("filename", static (draft, image) => draft.ShowOnly(image)).Required(),
        Of("sentences", new ListShape("an element of 'sentences'", Sentence)
        {
            Begin = static draft => draft.Answers.Clear(),
        }).Required());

    public override int RoundsOf(RecordDraft draft) => 1;

    public override void Compose(RecordDraft draft, ChoiceKey key, List<ComposedRound> rounds)
    {
        KeyedRandom random = key.For("caption");
        string prompt = CaptionPrompts.Draw(ref random);
        DraftRound drawn = draft.Rounds[random.Next(draft.Rounds.Count)];
        rounds.Add(new ComposedRound(prompt, draft.TextOf(drawn.Answer), Images: 1));
    }

    // A caption without text is not drawn; a record is left out if none has any.
    protected override void Check(RecordDraft draft)
    {
        foreach (TextSlice caption in draft.Answers)
        {
            if (!IsBlank(draft[caption]))
                draft.Rounds.Add(new DraftRound(TextSlice.None, caption, Images: 1));
        }

        if (draft.Rounds.Count == 0)
            throw new RecordRejectedException(RejectReason.EmptyAnswer, "no caption has text");
    }
}
