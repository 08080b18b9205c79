using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace VisualChat.Pipeline.Training.Progress;

/// <summary>Events as one line of JSON each. Numbers are written in full, so that equal lines mean equal figures; NaN and infinities are null.</summary>
internal static class TrainingEventJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new NumberOrNull() },
    };

    /// <summary>The event's line, without its end.</summary>
    public static string Write(TrainingEvent happened) => JsonSerializer.Serialize(happened, Options);

    /// <summary>The event of a line.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public static TrainingEvent Read(string line) =>
        JsonSerializer.Deserialize<TrainingEvent>(line, Options) ?? throw new JsonException("null is no event.");

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
