using System.Text.Json;
using VisualChat.Pipeline.Randomness;
using VisualChat.Pipeline.Sources.Files;

namespace VisualChat.Pipeline.Sources.Formats;

/// <summary>
/// OCR-VQA's <c>dataset.json</c> (data-schemas/ocr-vqa.schema.json): a map from a key to a cover's address, questions and answers, of
/// which one pair is drawn. The image file is the key with the address's extension.
/// </summary>
internal sealed class OcrVqaFormat : RecordFormat
{
    public override string Name => "ocr-vqa";

    public override RecordLayout Layout { get; } = new(RecordContainer.Map);

    public override int RoundsOf(RecordDraft draft) => 1;

    public override void Compose(RecordDraft draft, ChoiceKey key, List<ComposedRound> rounds)
    {
        KeyedRandom random = key.For("pair");
        DraftRound drawn = draft.Rounds[random.Next(draft.Rounds.Count)];
        rounds.Add(new ComposedRound(draft.TextOf(drawn.Question), draft.TextOf(drawn.Answer), 1));
    }

    protected override void ReadShape(ref Utf8JsonReader json, RecordDraft draft)
    {
        TextSlice address = TextSlice.None;
        (bool hasQuestions, bool hasAnswers) = (false, false);
        var questions = new List<TextSlice>();
        var answers = new List<TextSlice>();
        while (NextKey(ref json))
        {
            if (json.ValueTextEquals("imageURL"u8))
            {
                address = ReadText(ref json, draft, "imageURL");
            }
            else if (json.ValueTextEquals("questions"u8))
            {
                hasQuestions = true;
                ReadTexts(ref json, draft, "questions", questions);
            }
            else if (json.ValueTextEquals("answers"u8))
            {
                hasAnswers = true;
                ReadTexts(ref json, draft, "answers", answers);
            }
            else
            {
                json.Skip();
            }
        }

        Require(address.Exists, "imageURL");
        Require(hasQuestions, "questions");
        Require(hasAnswers, "answers");
        if (questions.Count != answers.Count)
            throw new RecordRejectedException(RejectReason.OddRounds, $"{questions.Count} questions and {answers.Count} answers");
        if (questions.Count == 0)
            throw new RecordRejectedException(RejectReason.EmptyQuestion, "the record asks nothing");
        draft.Images.Add(draft.Join(draft.Join(draft.Add(default), draft.Id), ExtensionOf(draft, address)));
        for (int pair = 0; pair < questions.Count; pair++)
        {
            draft.Turns.Add(new DraftTurn(Speaker.User, questions[pair]));
            draft.Turns.Add(new DraftTurn(Speaker.Assistant, answers[pair]));
        }
    }

    // A pair without text is not drawn; a record is left out if no pair has any.
    protected override void Check(RecordDraft draft)
    {
        RejectReason reason = RejectReason.EmptyQuestion;
        for (int turn = 0; turn < draft.Turns.Count; turn += 2)
        {
            if (IsBlank(draft[draft.Turns[turn].Text], ImageMark.Text))
                continue;
            if (IsBlank(draft[draft.Turns[turn + 1].Text], default))
                reason = RejectReason.EmptyAnswer;
            else
                draft.Rounds.Add(new DraftRound(draft.Turns[turn].Text, draft.Turns[turn + 1].Text, 1));
        }

        if (draft.Rounds.Count == 0)
            throw new RecordRejectedException(reason, "no pair has both a question and an answer");
    }

    private static TextSlice ExtensionOf(RecordDraft draft, TextSlice address)
    {
        ReadOnlySpan<byte> text = draft[address];
        int name = text.LastIndexOf((byte)'/') + 1;
        int dot = text[name..].LastIndexOf((byte)'.');
        return dot > 0 ? new TextSlice(address.Start + name + dot, address.Length - name - dot) : new TextSlice(address.Start, 0);
    }
}
