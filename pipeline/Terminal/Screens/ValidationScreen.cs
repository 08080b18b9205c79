using Spectre.Console;
using VisualChat.Pipeline.Sources;
using VisualChat.Pipeline.Validation;

namespace VisualChat.Pipeline.Terminal.Screens;

/// <summary>
/// What <c>validate</c> shows a person: a table of the datasets, what the model takes, the
/// problems, the verdict.
/// </summary>
internal static class ValidationScreen
{
    /// <summary>
    /// Columns that a row of the table may need: a narrower terminal wraps lines, a file keeps rows
    /// whole.
    /// </summary>
    private const int TableWidth = 140;

    public static void Write(ValidationReport report, TextWriter output)
    {
        IAnsiConsole console = Screen.Of(output);
        console.Profile.Width = Math.Max(console.Profile.Width, TableWidth);
        if (report.Sources.Count > 0)
            console.Write(TableOf(report.Sources));
        foreach (SourceReport source in report.Sources.Where(source => source.Problem is null))
            WriteLeftOut(source, output);
        Screen.WriteMended(report.Sources.Select(source => (source.Name, source.Mended)), output);
        if (report.Vision is { } vision)
        {
            output.WriteLine($"{vision.Kind}: {vision.Parameters:N0} parameters, {vision.VisualTokens:N0} visual "
                + $"tokens of {vision.FeatureSize:N0} numbers from an image of {vision.ImageSize} pixels");
        }

        if (report.Needs is { } needs)
            ModelNeedsScreen.Write(needs, console, output);
        foreach (string unknown in report.NeedsUnknown)
            output.WriteLine(PrintableText.Of($"what the model takes is not known: {unknown}"));
        foreach (string problem in report.Problems)
            output.WriteLine($"problem: {PrintableText.Of(problem)}");
        output.WriteLine(VerdictOf(report));
    }

    /// <summary>What is left out of a dataset that can be blended without it.</summary>
    private static void WriteLeftOut(SourceReport source, TextWriter output)
    {
        foreach (RejectSummary summary in source.Rejected)
            output.WriteLine(PrintableText.Of($"{source.Name}: {summary}"));
        if (source.ImagesLookedAt.Unusable > 0)
            output.WriteLine(PrintableText.Of($"{source.Name}: {source.ImagesLookedAt}"));
    }

    private static string VerdictOf(ValidationReport report)
    {
        string data = report.DataRoot is null ? "" : $" with the data in {report.DataRoot}";
        if (report.IsValid)
            return $"{report.Recipe} is valid{data}.";
        string problems = report.Problems.Count == 1 ? "problem" : "problems";
        return $"{report.Recipe} cannot be blended: {report.Problems.Count} {problems}.";
    }

    private static Table TableOf(IReadOnlyList<SourceReport> sources)
    {
        Table table = Screen
            .NewTable("dataset", "records", "usable", "conversations", "images", "image missing")
            .AddColumn("left out");
        foreach (SourceReport source in sources)
        {
            IEnumerable<string> reasons =
                source.Rejected.Select(summary => $"{summary.Reason.ToName()} {summary.Count:N0}");
            table.AddRow(
                Markup.Escape(PrintableText.Of(source.Name)),
                $"{source.RecordsRead:N0}",
                $"{source.RecordsUsable:N0}",
                $"{source.Conversations:N0}",
                $"{source.Images:N0}",
                $"{source.RecordsMissingImages:N0}",
                Markup.Escape(string.Join(", ", reasons)));
        }

        return table;
    }
}
