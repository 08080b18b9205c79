using System.Text.Json;

namespace VisualChat.Pipeline.Pages;

/// <summary>A fact at the top of a page: what it is of, and what it says.</summary>
internal static class PageFact
{
    public static void Write(Utf8JsonWriter json, string name, string value)
    {
        json.WriteStartArray();
        json.WriteStringValue(name);
        json.WriteStringValue(value);
        json.WriteEndArray();
    }
}
