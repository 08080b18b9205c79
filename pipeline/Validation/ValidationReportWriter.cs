using System.Text.Encodings.Web;
using System.Text.Json;
using Spectre.Console;
using VisualChat.Pipeline.Terminal.Screens;

namespace VisualChat.Pipeline.Validation;

/// <summary>Writes a <see cref="ValidationReport"/> for a person or for a program.</summary>
public static class ValidationReportWriter
{
    /// <summary>Columns of text a row of the table may need: a narrower terminal wraps lines, a file keeps rows whole.</summary>
    private const int TableWidth = 140;

    private static readonly JsonWriterOptions Indented = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A table of the datasets, then the problems or a word that there are none.</summary>
    public static void WriteText(ValidationReport report, TextWriter output)
    {
        IAnsiConsole console = Screen.Of(output);
        console.Profile.Width = Math.Max(console.Profile.Width, TableWidth);
        if (report.Sources.Count > 0)
            console.Write(ToTable(report.Sources));
        foreach (string problem in report.Problems)
            output.WriteLine($"problem: {problem}");
        output.WriteLine(report.IsValid
            ? $"{report.Recipe} is valid{(report.DataRoot is null ? "" : $" with the data in {report.DataRoot}")}."
            : $"{report.Recipe} cannot be blended: {report.Problems.Count} {(report.Problems.Count == 1 ? "problem" : "problems")}.");
    }

    /// <summary>One JSON document: <c>recipe</c>, <c>data</c>, <c>valid</c>, <c>problems</c>, <c>sources</c>.</summary>
    public static void WriteJson(ValidationReport report, TextWriter output)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, Indented))
        {
            json.WriteStartObject();
            json.WriteString("recipe", report.Recipe);
            json.WriteString("data", report.DataRoot);
            json.WriteBoolean("valid", report.IsValid);
            json.WriteStartArray("problems");
            foreach (string problem in report.Problems)
                json.WriteStringValue(problem);
            json.WriteEndArray();
            json.WriteStartArray("sources");
            foreach (SourceReport source in report.Sources)
                WriteJson(source, json);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        output.WriteLine(System.Text.Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length));
    }

    private static void WriteJson(SourceReport source, Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("name", source.Name);
        json.WriteNumber("records_read", source.RecordsRead);
        json.WriteNumber("records_usable", source.RecordsUsable);
        json.WriteNumber("conversations", source.Conversations);
        json.WriteNumber("images", source.Images);
        json.WriteNumber("records_missing_images", source.RecordsMissingImages);
        json.WriteStartObject("rejected");
        foreach ((string reason, int count) in source.Rejected)
            json.WriteNumber(reason, count);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static Table ToTable(IReadOnlyList<SourceReport> sources)
    {
        Table table = Screen.NewTable("dataset", "records", "usable", "conversations", "images", "image missing").AddColumn("left out");
        foreach (SourceReport source in sources)
        {
            table.AddRow(
                Markup.Escape(source.Name),
                $"{source.RecordsRead:N0}",
                $"{source.RecordsUsable:N0}",
                $"{source.Conversations:N0}",
                $"{source.Images:N0}",
                $"{source.RecordsMissingImages:N0}",
                Markup.Escape(string.Join(", ", source.Rejected.Select(reason => $"{reason.Key} {reason.Value:N0}"))));
        }

        return table;
    }
}
