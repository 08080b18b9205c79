using System.Text.Json;
using System.Text.Json.Serialization;

namespace VisualChat.Pipeline.Sources;

/// <summary>Reads and writes a reason by its name in files.</summary>
internal sealed class RejectReasonConverter : JsonConverter<RejectReason>
{
    public override RejectReason Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        try
        {
            return RejectReasonNames.Parse(reader.GetString() ?? "");
        }
        catch (FormatException exception)
        {
            throw new JsonException(exception.Message, exception);
        }
    }

    public override void Write(Utf8JsonWriter writer, RejectReason value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToName());
}
