using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Validation;

/// <summary>
/// A <see cref="ValidationReport"/> as one JSON document: <c>recipe</c>, <c>data</c>, <c>valid</c>,
/// <c>problems</c>, <c>vision</c> where there is a tower, <c>model</c> where it is known what it
/// takes (<see cref="ModelNeedsJson"/>), <c>model_unknown</c> where it is not, <c>sources</c>.
/// </summary>
internal static class ValidationReportJson
{
    private static readonly JsonWriterOptions Indented =
        new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(ValidationReport report, TextWriter output)
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
            if (report.Vision is { } vision)
            {
                json.WriteStartObject("vision");
                json.WriteString("kind", vision.Kind);
                json.WriteNumber("parameters", vision.Parameters);
                json.WriteNumber("image_size", vision.ImageSize);
                json.WriteNumber("visual_tokens", vision.VisualTokens);
                json.WriteNumber("feature_size", vision.FeatureSize);
                json.WriteEndObject();
            }

            if (report.Needs is { } needs)
                ModelNeedsJson.Write(needs, json);
            Write("model_unknown", report.NeedsUnknown, json, isWrittenEmpty: false);
            json.WriteStartArray("sources");
            foreach (SourceReport source in report.Sources)
                Write(source, json);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        output.WriteLine(Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length));
    }

    private static void Write(SourceReport source, Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("name", source.Name);
        json.WriteNumber("records_read", source.RecordsRead);
        json.WriteNumber("records_usable", source.RecordsUsable);
        json.WriteNumber("conversations", source.Conversations);
        json.WriteNumber("images", source.Images);
        json.WriteNumber("records_missing_images", source.RecordsMissingImages);
        json.WriteStartObject("rejected");
        foreach (RejectSummary summary in source.Rejected)
            json.WriteNumber(summary.Reason.ToName(), summary.Count);
        json.WriteEndObject();
        json.WriteStartObject("rejected_examples");
        foreach (RejectSummary summary in source.Rejected)
            Write(summary.Reason.ToName(), summary.Examples, json);
        json.WriteEndObject();
        json.WriteNumber("images_looked_at", source.ImagesLookedAt.Images);
        json.WriteNumber("images_unusable", source.ImagesLookedAt.Unusable);
        Write("images_unusable_examples", source.ImagesLookedAt.Examples, json);
        json.WriteStartObject("mended");
        foreach (MendSummary summary in source.Mended)
            json.WriteNumber(summary.Name, summary.Count);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Write(
        string name, IReadOnlyList<string> texts, Utf8JsonWriter json, bool isWrittenEmpty = true)
    {
        if (texts.Count == 0 && !isWrittenEmpty)
            return;
        json.WriteStartArray(name);
        foreach (string text in texts)
            json.WriteStringValue(text);
        json.WriteEndArray();
    }
}
