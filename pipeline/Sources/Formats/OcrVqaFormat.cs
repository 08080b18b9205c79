using VisualChat.Pipeline.Randomness;
using VisualChat.Pipeline.Sources.Formats.Shapes;
using static VisualChat.Pipeline.Sources.Formats.Shapes.Field;

namespace VisualChat.Pipeline.Sources.Formats;

/// <summary>
/// OCR-VQA's <c>dataset.json</c> (data-schemas/ocr-vqa.schema.json): a map from a key to a cover's
/// address, questions and answers, of which one pair is drawn. The image file is the key with the
/// address's extension.
/// </summary>
internal sealed class OcrVqaFormat : RecordFormat
{
    public override string Name => "ocr-vqa";

    public override RecordLayout Layout { get; } = new(RecordContainer.Map);

    public override ObjectShape Record { get; } = new(
        Text("imageURL", static (draft, text) => draft.ImageAddress = text).Required(),
        Texts("questions", static draft => draft.Questions).Required(),
        Texts("answers", static draft => draft.Answers).Required());

    public override int RoundsOf(RecordDraft draft) => 1;

    public override void Compose(RecordDraft draft, ChoiceKey key, List<ComposedRound> rounds)
    {
        KeyedRandom random = key.For("pair");
        DraftRound drawn = draft.Rounds[random.Next(draft.Rounds.Count)];
        rounds.Add(new ComposedRound(draft.TextOf(drawn.Question), draft.TextOf(drawn.Answer), Images: 1));
    }

    protected override void Check(RecordDraft draft)
    {
        (int questions, int answers) = (draft.Questions.Count, draft.Answers.Count);
        if (questions != answers)
            throw new RecordRejectedException(RejectReason.OddRounds, $"{questions} questions and {answers} answers");
        if (questions == 0)
            throw new RecordRejectedException(RejectReason.EmptyQuestion, "the record asks nothing");
        draft.Images.Add(ImageKeyOf(draft));
        AddPairsWithText(draft);
    }

    // A pair without text is not drawn; a record is left out if none has any.
    private static void AddPairsWithText(RecordDraft draft)
    {
        RejectReason reason = RejectReason.EmptyQuestion;
        for (int pair = 0; pair < draft.Questions.Count; pair++)
        {
            TextSlice question = WithoutMarks(draft, draft.Questions[pair], images: 1);
            TextSlice answer = draft.Answers[pair];
            if (IsBlank(draft[question]))
                continue;
            if (IsBlank(draft[answer]))
                reason = RejectReason.EmptyAnswer;
            else
                draft.Rounds.Add(new DraftRound(question, answer, Images: 1));
        }

        if (draft.Rounds.Count == 0)
            throw new RecordRejectedException(reason, "no pair has both a question and an answer");
    }

    private static TextSlice ImageKeyOf(RecordDraft draft)
    {
        TextSlice key = draft.Join(draft.Add(default), draft.Id);
        return draft.Join(key, ExtensionOf(draft, draft.ImageAddress));
    }

    private static TextSlice ExtensionOf(RecordDraft draft, TextSlice address)
    {
        ReadOnlySpan<byte> text = draft[address];
        int name = text.LastIndexOf((byte)'/') + 1;
        int dot = text[name..].LastIndexOf((byte)'.');
        return dot > 0
            ? new TextSlice(address.Start + name + dot, address.Length - name - dot)
            : new TextSlice(address.Start, 0);
    }
}
