using System.Text.Json;

namespace VisualChat.Pipeline.Pages;

/// <summary>Numbers in a page's data.</summary>
internal static class PageNumber
{
    /// <summary>
    /// Six digits, which are more than a screen shows: written in full, numbers would be most of a
    /// page. Null for what is not finite.
    /// </summary>
    public static void Write(Utf8JsonWriter json, double number)
    {
        if (double.IsFinite(number))
            json.WriteRawValue(number.ToString("G6"));
        else
            json.WriteNullValue();
    }
}
