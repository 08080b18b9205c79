using System.Text.Json;
using System.Text.Json.Serialization;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Training.Progress;

/// <summary>
/// Events as one line of JSON each. Numbers are written in full, so that equal lines mean equal
/// figures; NaN and infinities are null.
/// </summary>
internal static class TrainingEventJson
{
    private static readonly JsonSerializerOptions Options = new(JsonText.Line)
    {
        Converters = { new NumberOrNull() },
    };

    /// <summary>The event as a line, without the line end.</summary>
    public static string Write(TrainingEvent happened) => JsonSerializer.Serialize(happened, Options);

    /// <exception cref="JsonException">The line is not an event.</exception>
    public static TrainingEvent Read(string line) =>
        JsonSerializer.Deserialize<TrainingEvent>(line, Options) ?? throw new JsonException("null is not an event.");

    private sealed class NumberOrNull : JsonConverter<double>
    {
        public override bool HandleNull => true;

        public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.Null ? double.NaN : reader.GetDouble();

        public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
        {
            if (double.IsFinite(value))
                writer.WriteNumberValue(value);
            else
                writer.WriteNullValue();
        }
    }
}
