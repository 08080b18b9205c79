using VisualChat.Pipeline.Randomness;
using VisualChat.Pipeline.Sources.Formats.Shapes;
using static VisualChat.Pipeline.Sources.Formats.Shapes.Field;

namespace VisualChat.Pipeline.Sources.Formats;

/// <summary>
/// A-OKVQA's training annotations (data-schemas/aokvqa.schema.json). The question is followed by a
/// request for the reason, drawn from a list; the answer is the right choice and the rationales.
/// </summary>
internal sealed class AokvqaFormat : RecordFormat
{
    private static readonly string[] Requests =
    [
        "Why?",
        "Why do you think so?",
        "What makes you say so?",
        "How can you tell?",
        "Please give your reason.",
        "And for what reason?",
    ];

    public override string Name => "aokvqa";

    public override RecordLayout Layout { get; } = new(RecordContainer.List);

    public override ObjectShape Record { get; } = new(
        Id("image_id", static (draft, image) => draft.ShowOnly(image)).Required(),
        Text("question", static (draft, text) => draft.Question = text).Required(),
        Texts("choices", static draft => draft.Answers).Required(),
        WholeNumber("correct_choice_idx", static (draft, number) => draft.RightAnswer = number).Required(),
        Texts("rationales", static draft => draft.Reasons).Required());

    // COCO's training images of 2017 are named by their ids in 12 digits.
    public override string FileNameOf(string key) => $"{key.PadLeft(12, '0')}.jpg";

    public override void Compose(RecordDraft draft, ChoiceKey key, List<ComposedRound> rounds)
    {
        KeyedRandom random = key.For("reason");
        DraftRound round = draft.Rounds[0];
        string question = $"{draft.TextOf(round.Question)} {Requests[random.Next(Requests.Length)]}";
        rounds.Add(new ComposedRound(question, draft.TextOf(round.Answer), round.Images));
    }

    protected override void Check(RecordDraft draft)
    {
        int right = draft.RightAnswer;
        int choices = draft.Answers.Count;
        bool isAnswer = right >= 0 && right < choices && !IsBlank(draft[draft.Answers[right]]);
        if (!isAnswer)
        {
            throw new RecordRejectedException(
                RejectReason.EmptyAnswer,
                $"'correct_choice_idx' is {right} of {choices} choices, which is no answer");
        }

        AddRound(draft, draft.Question, AnswerOf(draft, draft.Answers[right]), images: 1);
    }

    private static TextSlice AnswerOf(RecordDraft draft, TextSlice choice)
    {
        TextSlice because = draft.Add(". Because "u8);
        TextSlice space = draft.Add(" "u8);
        TextSlice stop = draft.Add("."u8);
        List<TextSlice> reasons = draft.Reasons.FindAll(reason => !IsBlank(draft[reason]));
        TextSlice answer = draft.Join(draft.Add("The answer is "u8), choice);
        return reasons.Count == 0
            ? draft.Join(answer, stop)
            : draft.JoinAll(draft.Join(answer, because), reasons, space);
    }
}
