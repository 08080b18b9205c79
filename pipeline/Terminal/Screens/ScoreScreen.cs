using System.Text.Json;
using Spectre.Console;
using VisualChat.Pipeline.Scoring;

namespace VisualChat.Pipeline.Terminal.Screens;

/// <summary>What <c>train</c> shows of a trained model's answers to held-out questions.</summary>
internal static class ScoreScreen
{
    private static readonly string[] Forms = ["picture", "dialogue", "pair", "difference"];

    /// <summary>Prints a conversation of each form and the score.</summary>
    public static void Write(HeldOutScore score, TextWriter output)
    {
        output.WriteLine();
        output.WriteLine("Conversations about images it has never seen:");
        foreach (string form in Forms)
        {
            IGrouping<string, HeldOutQuestion>? shown = OfForm(score, form)
                .GroupBy(question => question.Conversation)
                .FirstOrDefault();
            if (shown is not null)
                WriteConversation(shown, output);
        }

        output.WriteLine();
        Table table = Screen.NewTable("held-out questions", "asked", "right", "without looking");
        foreach (string form in Forms)
            AddRow(table, form, [.. OfForm(score, form)]);
        AddRow(table, "all", score.Questions);
        Screen.Of(output).Write(table);
        output.WriteLine("without looking: what the commonest answer of each kind of question gets");
    }

    /// <summary>The score as one line of JSON, with each kind of question.</summary>
    public static string Json(HeldOutScore score)
    {
        var document = new
        {
            kind = "score",
            questions = score.Questions.Count,
            right = score.Share,
            without_looking = score.BlindShare,
            kinds = score.Questions.GroupBy(question => question.Kind).OrderBy(kind => kind.Key).ToDictionary(
                kind => JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.Key.ToString()),
                kind => new
                {
                    asked = kind.Count(),
                    right = kind.Count(question => question.IsRight),
                    without_looking = kind.Count(question => question.IsGuessed),
                }),
        };
        return JsonSerializer.Serialize(document);
    }

    private static IEnumerable<HeldOutQuestion> OfForm(HeldOutScore score, string form) =>
        score.Questions.Where(question => question.Form == form);

    private static void WriteConversation(IGrouping<string, HeldOutQuestion> conversation, TextWriter output)
    {
        output.WriteLine();
        output.WriteLine(conversation.Key);
        foreach (HeldOutQuestion question in conversation)
        {
            string remark = question.IsRight ? "" : $"   (right: {question.Expected})";
            output.WriteLine($"  Question: {question.Question}");
            output.WriteLine($"  Answer:   {question.Answer}{remark}");
        }
    }

    private static void AddRow(Table table, string name, IReadOnlyList<HeldOutQuestion> questions) => table.AddRow(
        name,
        $"{questions.Count:N0}",
        Percent(questions.Count(question => question.IsRight), questions.Count),
        Percent(questions.Count(question => question.IsGuessed), questions.Count));

    private static string Percent(int part, int whole) => whole == 0 ? "" : $"{100.0 * part / whole:F1} %";
}
