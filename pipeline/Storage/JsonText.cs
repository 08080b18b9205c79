using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace VisualChat.Pipeline.Storage;

/// <summary>
/// How the program writes JSON: snake case, text as a person wrote it, and null for what is not a
/// finite number.
/// </summary>
internal static class JsonText
{
    /// <summary>A document that people read too.</summary>
    public static readonly JsonSerializerOptions Indented = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new NumberOrNull() },
    };

    /// <summary>One document per line.</summary>
    public static readonly JsonSerializerOptions Line = new(Indented) { WriteIndented = false };

    /// <summary>
    /// For reading what the program wrote: a key that is unknown, missing, null where it must not
    /// be, or given twice is a <see cref="JsonException"/>.
    /// </summary>
    public static JsonSerializerOptions Strict(JsonSerializerOptions options) => new(options)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        AllowDuplicateProperties = false,
    };
}
