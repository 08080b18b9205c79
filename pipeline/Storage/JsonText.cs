using System.Text.Encodings.Web;
using System.Text.Json;

namespace VisualChat.Pipeline.Storage;

/// <summary>How the program writes JSON: snake case, and text as a person wrote it.</summary>
internal static class JsonText
{
    /// <summary>A document that people read too.</summary>
    public static readonly JsonSerializerOptions Indented = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>One document per line.</summary>
    public static readonly JsonSerializerOptions Line = new(Indented) { WriteIndented = false };
}
