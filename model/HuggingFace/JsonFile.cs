using System.Text.Json;
using VisualChat.Model.Errors;
using VisualChat.Model.Files;

namespace VisualChat.Model.HuggingFace;

/// <summary>
/// A JSON file of a model folder. A byte order mark says its encoding; without one it is UTF-8.
/// </summary>
internal static class JsonFile
{
    /// <summary>Reads a file that is one JSON object.</summary>
    /// <param name="path">The file.</param>
    /// <param name="maxBytes">More than any file of its sort has.</param>
    /// <param name="remedy">What to do, as a sentence.</param>
    /// <exception cref="ModelException">
    /// The file is missing, cannot be read, or is not a JSON object.
    /// </exception>
    public static JsonElement ReadObject(string path, long maxBytes, string remedy)
    {
        byte[] bytes;
        try
        {
            bytes = UserFile.ReadAllBytes(path, maxBytes);
        }
        catch (UserFileException exception)
        {
            throw new ModelException($"{exception.Message}. {remedy}", exception);
        }

        using var reader = new StreamReader(new MemoryStream(bytes));
        string text = reader.ReadToEnd();
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            if (text.Contains("\\u", StringComparison.Ordinal))
                RequireText(document.RootElement);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? document.RootElement.Clone()
                : throw new ModelException($"'{path}' is not a JSON object. {remedy}");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            int headBytes = Math.Min(bytes.Length, ForeignContents.HeadBytes);
            bool isMeantAsJson = text.AsSpan().TrimStart() is ['{' or '[', ..];
            string? what = isMeantAsJson ? null : ForeignContents.Describe(bytes.AsSpan(0, headBytes));
            string problem = what is null ? $"it is not JSON: {exception.Message}" : $"it is {what}.";
            throw new ModelException($"'{path}' cannot be read: {problem} {remedy}", exception);
        }
    }

    // Half of a surrogate pair, escaped, is found only when a text is asked for.
    private static void RequireText(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                _ = element.GetString();
                break;
            case JsonValueKind.Array:
                foreach (JsonElement item in element.EnumerateArray())
                    RequireText(item);
                break;
            case JsonValueKind.Object:
                foreach (JsonProperty property in element.EnumerateObject())
                {
                    _ = property.Name;
                    RequireText(property.Value);
                }

                break;
        }
    }
}
