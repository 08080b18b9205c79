using System.Text.Json;
using VisualChat.Model.Errors;
using VisualChat.Model.Files;

namespace VisualChat.Model.HuggingFace;

/// <summary>A JSON file of a model folder. A byte order mark before the text is passed over.</summary>
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

        ReadOnlyMemory<byte> text = bytes;
        if (text.Span.StartsWith("\uFEFF"u8))
            text = text["\uFEFF"u8.Length..];
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? document.RootElement.Clone()
                : throw new ModelException($"'{path}' is not a JSON object. {remedy}");
        }
        catch (JsonException exception)
        {
            bool isObject = text.Span.TrimStart(" \t\r\n"u8).StartsWith("{"u8);
            string? what = isObject ? null : ForeignContents.Describe(bytes.AsSpan(0, Math.Min(bytes.Length, ForeignContents.HeadBytes)));
            string problem = what is null ? $"it is not JSON: {exception.Message}" : $"it is {what}.";
            throw new ModelException($"'{path}' cannot be read: {problem} {remedy}", exception);
        }
    }
}
