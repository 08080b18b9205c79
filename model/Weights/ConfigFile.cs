using System.Text.Json;
using VisualChat.Model.Errors;

namespace VisualChat.Model.Weights;

/// <summary>A Hugging Face folder's <c>config.json</c>. A key that is missing or null has the default its reader gives.</summary>
internal sealed class ConfigFile
{
    private readonly string _path;
    private readonly JsonElement _root;

    private ConfigFile(string path, JsonElement root)
    {
        _path = path;
        _root = root;
    }

    /// <summary>Reads the file.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <param name="inner">An object inside it to read instead, where it is there: <c>vision_config</c> of a full CLIP.</param>
    /// <exception cref="ModelException">It is missing or no JSON object.</exception>
    public static ConfigFile Open(string folder, string? inner = null)
    {
        string path = Path.Combine(folder, "config.json");
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            JsonElement root = document.RootElement.Clone();
            if (root.ValueKind != JsonValueKind.Object)
                throw new ModelException($"'{path}' is no JSON object.");
            return new ConfigFile(path, inner is not null && root.TryGetProperty(inner, out JsonElement part) && part.ValueKind == JsonValueKind.Object ? part : root);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new ModelException($"'{path}' cannot be read: {exception.Message} A Hugging Face model folder has one.", exception);
        }
    }

    public ModelException Problem(string problem) => new($"'{_path}': {problem}.");

    public JsonElement? Object(string key) => _root.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.Object ? value : null;

    public int Size(string key, int otherwise) => !Has(key, out JsonElement value) ? otherwise
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int size) && size > 0 ? size
        : throw Problem($"'{key}' is {value.GetRawText()}, not a positive whole number");

    public double Number(string key, double otherwise) => !Has(key, out JsonElement value) ? otherwise
        : value.ValueKind == JsonValueKind.Number ? value.GetDouble()
        : throw Problem($"'{key}' is {value.GetRawText()}, not a number");

    public bool Flag(string key) => Has(key, out JsonElement value) && value.ValueKind == JsonValueKind.True;

    /// <summary>One of the values a model can have; its name is given back.</summary>
    public string Require(string key, string otherwise, params ReadOnlySpan<string> known)
    {
        string value = Has(key, out JsonElement given) ? given.ToString() : otherwise;
        return known.Contains(value) ? value : throw Problem($"'{key}' is '{value}'; known here: {string.Join(", ", known.ToArray())}");
    }

    public static double? Number(JsonElement element, string key) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;

    public static string? Text(JsonElement element, string key) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private bool Has(string key, out JsonElement value) => _root.TryGetProperty(key, out value) && value.ValueKind != JsonValueKind.Null;
}
