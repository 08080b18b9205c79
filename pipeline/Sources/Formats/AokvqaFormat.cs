using System.Text.Json;
using VisualChat.Pipeline.Randomness;
using VisualChat.Pipeline.Sources.Files;

namespace VisualChat.Pipeline.Sources.Formats;

/// <summary>
/// A-OKVQA's training annotations (data-schemas/aokvqa.schema.json). The question is followed by a request for the reason, drawn
/// from a list; the answer is the correct choice and the rationales.
/// </summary>
internal sealed class AokvqaFormat : RecordFormat
{
    private static readonly string[] Requests =
    [
        "Why?", "Why do you think so?", "What makes you say so?", "How can you tell?", "Please give your reason.", "And for what reason?",
    ];

    public override string Name => "aokvqa";

    public override RecordLayout Layout { get; } = new(RecordContainer.Array);

    public override void Compose(RecordDraft draft, ChoiceKey key, List<ComposedRound> rounds)
    {
        KeyedRandom random = key.For("reason");
        DraftRound round = draft.Rounds[0];
        string question = $"{draft.TextOf(round.Question)} {Requests[random.Next(Requests.Length)]}";
        rounds.Add(new ComposedRound(question, draft.TextOf(round.Answer), round.Images));
    }

    protected override void ReadShape(ref Utf8JsonReader json, RecordDraft draft)
    {
        TextSlice question = TextSlice.None;
        (bool hasChoices, bool hasRationales) = (false, false);
        int? correct = null;
        var choices = new List<TextSlice>();
        var rationales = new List<TextSlice>();
        while (NextKey(ref json))
        {
            if (json.ValueTextEquals("image_id"u8))
            {
                draft.Images.Clear();
                draft.Images.Add(ReadId(ref json, draft, "image_id"));
            }
            else if (json.ValueTextEquals("question"u8))
            {
                question = ReadText(ref json, draft, "question");
            }
            else if (json.ValueTextEquals("choices"u8))
            {
                hasChoices = true;
                ReadTexts(ref json, draft, "choices", choices);
            }
            else if (json.ValueTextEquals("correct_choice_idx"u8))
            {
                _ = json.Read();
                if (json.TokenType != JsonTokenType.Number || json.ValueSpan.IndexOfAny(".eE"u8) >= 0)
                    throw WrongType("'correct_choice_idx'", "a whole number");
                correct = json.TryGetInt32(out int number) ? number : -1;
            }
            else if (json.ValueTextEquals("rationales"u8))
            {
                hasRationales = true;
                ReadTexts(ref json, draft, "rationales", rationales);
            }
            else
            {
                json.Skip();
            }
        }

        Require(draft.Images.Count > 0, "image_id");
        Require(question.Exists, "question");
        Require(hasChoices, "choices");
        Require(correct is not null, "correct_choice_idx");
        Require(hasRationales, "rationales");
        if (correct < 0 || correct >= choices.Count || IsBlank(draft[choices[correct!.Value]], default))
            throw new RecordRejectedException(RejectReason.EmptyAnswer, $"'correct_choice_idx' is {correct} of {choices.Count} choices, which is no answer");

        TextSlice choice = choices[correct.Value];
        TextSlice because = draft.Add(". Because "u8);
        TextSlice space = draft.Add(" "u8);
        TextSlice stop = draft.Add("."u8);
        TextSlice answer = draft.Join(draft.Add("The answer is "u8), choice);
        List<TextSlice> reasons = rationales.FindAll(rationale => !IsBlank(draft[rationale], default));
        answer = draft.Join(answer, reasons.Count > 0 ? because : stop);
        for (int reason = 0; reason < reasons.Count; reason++)
        {
            if (reason > 0)
                answer = draft.Join(answer, space);
            answer = draft.Join(answer, reasons[reason]);
        }

        draft.Turns.Add(new DraftTurn(Speaker.User, question));
        draft.Turns.Add(new DraftTurn(Speaker.Assistant, answer));
    }

    protected override void Check(RecordDraft draft) => AddRound(draft, draft.Turns[0].Text, draft.Turns[1].Text, 1);
}
