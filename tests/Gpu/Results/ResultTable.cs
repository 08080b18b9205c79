using System.Text;

namespace VisualChat.Gpu.Results;

/// <summary>The run's figures as Markdown, for docs/gpu.md.</summary>
internal static class ResultTable
{
    public static string Of(IReadOnlyList<Measurement> measurements, IReadOnlyList<StepEnd> steps, string title)
    {
        var text = new StringBuilder();
        text.AppendLine($"### {title}").AppendLine();
        text.AppendLine("| step | what | measured | | limit |");
        text.AppendLine("| --- | --- | ---: | --- | --- |");
        foreach (IGrouping<string, Measurement> step in measurements.GroupBy(row => row.Step))
        {
            string name = step.Key;
            foreach (Measurement row in step)
            {
                string verdict = row.IsMet ? "" : "**not met** ";
                string measured = row.Text ?? Number(row.Value);
                text.AppendLine(Row(name, row.What, measured, row.Unit ?? "", verdict + Limit(row)));
                name = "";
            }
        }

        text.AppendLine();
        text.AppendLine("| step | ended | seconds | of |");
        text.AppendLine("| --- | --- | ---: | ---: |");
        foreach (StepEnd step in steps)
            text.AppendLine(Row(step.Step, step.Outcome, $"{step.Seconds:F1}", $"{step.Limit:F0}"));
        return text.ToString();
    }

    /// <summary>Four digits that count.</summary>
    public static string Number(double? value) => value switch
    {
        null => "",
        0 => "0",
        { } number when !double.IsFinite(number) => $"{number}",
        { } number when number == Math.Round(number) => $"{number:N0}",
        { } number when Math.Abs(number) >= 1000 => $"{number:N0}",
        { } number when Math.Abs(number) >= 100 => $"{number:F1}",
        { } number when Math.Abs(number) >= 10 => $"{number:F2}",
        { } number when Math.Abs(number) >= 0.01 => $"{number:F3}",
        { } number => $"{number:0.0e0}",
    };

    private static string Row(params IEnumerable<string> cells) =>
        $"| {string.Join(" | ", cells.Select(Cell))} |".Replace("|  |", "| |").Replace("|  |", "| |");

    private static string Cell(string text) => text.ReplaceLineEndings(" ").Replace("|", "\\|");

    private static string Limit(Measurement row) => (row.AtLeast, row.AtMost) switch
    {
        ({ } least, { } most) when least == most => $"= {Number(most)}",
        ({ } least, { } most) => $"{Number(least)} to {Number(most)}",
        ({ } least, null) => $">= {Number(least)}",
        (null, { } most) => $"<= {Number(most)}",
        _ => "",
    };
}
