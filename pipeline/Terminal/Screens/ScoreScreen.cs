using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using VisualChat.Pipeline.Scoring;

namespace VisualChat.Pipeline.Terminal.Screens;

/// <summary>What <c>train</c> prints for a person of a model that was scored.</summary>
internal static class ScoreScreen
{
    private static readonly string[] Forms = ["picture", "dialogue", "pair", "difference"];

    /// <summary>Prints a few of the held-out conversations and the score.</summary>
    public static void WriteScore(HeldOutScore score, TextWriter output)
    {
        output.WriteLine();
        output.WriteLine("Conversations about images it has never seen:");
        foreach (string form in Forms)
        {
            if (score.Questions.GroupBy(question => question.Entry).FirstOrDefault(entry => entry.Key.StartsWith(form, StringComparison.Ordinal)) is not { } shown)
                continue;
            output.WriteLine();
            output.WriteLine(shown.Key);
            foreach (HeldOutQuestion question in shown)
            {
                output.WriteLine($"  Question: {question.Question}");
                output.WriteLine($"  Answer:   {question.Answer}{(question.IsRight ? "" : $"   (right: {question.Expected})")}");
            }
        }

        output.WriteLine();
        Table table = Screen.NewTable("held-out questions", "asked", "right", "without looking");
        foreach (string form in Forms)
            AddRow(table, form, [.. score.Questions.Where(question => question.Entry.StartsWith(form, StringComparison.Ordinal))]);
        AddRow(table, "all", score.Questions);
        Screen.Of(output).Write(table);
        output.WriteLine("without looking: what the commonest answer of each kind of question gets");
    }

    /// <summary>The score as one line of JSON, each kind of question apart.</summary>
    public static string ScoreJson(HeldOutScore score) => JsonSerializer.Serialize(new
    {
        kind = "score",
        questions = score.Questions.Count,
        right = score.Share,
        without_looking = score.BlindShare,
        kinds = score.Questions.GroupBy(question => question.Kind).OrderBy(kind => kind.Key).ToDictionary(
            kind => JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.Key.ToString()),
            kind => new { asked = kind.Count(), right = kind.Count(question => question.IsRight), without_looking = kind.Count(question => question.IsGuessed) }),
    });

    private static void AddRow(Table table, string name, IReadOnlyList<HeldOutQuestion> questions) => table.AddRow(
        name,
        questions.Count.ToString("N0", CultureInfo.InvariantCulture),
        Percent(questions.Count(question => question.IsRight), questions.Count),
        Percent(questions.Count(question => question.IsGuessed), questions.Count));

    private static string Percent(int part, int whole) => whole == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{100.0 * part / whole:F1} %");
}
