using System.Text.Json;
using VisualChat.Pipeline.Images;
using VisualChat.Pipeline.Samples;

namespace VisualChat.Pipeline.Inspection;

/// <summary>
/// A row as JSON, as data-schemas/shard-row.schema.json says: an image's bytes are described, not
/// printed.
/// </summary>
internal static class RowJson
{
    /// <summary>Writes one row.</summary>
    /// <exception cref="UnusableImageException">A stored image cannot be recognised.</exception>
    public static void Write(Utf8JsonWriter json, SampleRow row)
    {
        ArgumentNullException.ThrowIfNull(json);
        json.WriteStartObject();
        json.WriteString("id", row.Id);
        json.WriteString("dataset", row.Dataset);
        json.WriteStartArray("sources");
        foreach (string source in row.Sources)
            json.WriteStringValue(source);
        json.WriteEndArray();
        json.WriteStartArray("images");
        foreach (RowImage image in row.Images)
        {
            ImageHeader header = ImageProbe.Check(image.Bytes.Span);
            json.WriteStartObject();
            json.WriteString("path", image.Path);
            json.WriteNumber("bytes", image.Bytes.Length);
            json.WriteString("format", header.Format);
            json.WriteNumber("width", header.Width);
            json.WriteNumber("height", header.Height);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        WriteRounds(json, row.Rounds);
        json.WriteString("text", row.Text);
        WriteNumbers("input_ids", row.InputIds);
        WriteNumbers("labels", row.Labels);
        json.WriteNumber("text_tokens", row.TextTokens);
        json.WriteNumber("sequence_tokens", row.SequenceTokens);
        json.WriteNumber("image_count", row.ImageCount);
        json.WriteEndObject();

        void WriteNumbers(string name, int[] numbers)
        {
            json.WriteStartArray(name);
            foreach (int number in numbers)
                json.WriteNumberValue(number);
            json.WriteEndArray();
        }
    }

    /// <summary>Writes a row's rounds, as key <c>turns</c>.</summary>
    internal static void WriteRounds(Utf8JsonWriter json, IReadOnlyList<RowRound> rounds)
    {
        json.WriteStartArray("turns");
        foreach (RowRound round in rounds)
        {
            json.WriteStartObject();
            json.WriteString("question", round.Question);
            json.WriteString("answer", round.Answer);
            json.WriteNumber("images", round.Images);
            json.WriteString("source", round.Source);
            json.WriteString("record", round.Record);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
