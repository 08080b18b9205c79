using System.Text.Json;
using VisualChat.Model.Errors;
using VisualChat.Model.Files;

namespace VisualChat.Model.HuggingFace;

/// <summary>A Hugging Face folder's <c>config.json</c>.</summary>
/// <remarks>If a key is missing or null, its reader's default holds.</remarks>
internal sealed class ConfigFile
{
    /// <summary>A configuration has some kilobytes.</summary>
    private const long MaxBytes = 64 << 20;

    private readonly string _path;
    private readonly JsonElement _root;

    private ConfigFile(string path, JsonElement root)
    {
        _path = path;
        _root = root;
    }

    /// <param name="folder">The model's folder.</param>
    /// <param name="inner">
    /// An object to read instead of the whole, if it is there: <c>vision_config</c> of a full CLIP.
    /// </param>
    /// <exception cref="ModelException">The file is missing or is not a JSON object.</exception>
    public static ConfigFile Open(string folder, string? inner = null)
    {
        string path = Path.Combine(folder, "config.json");
        try
        {
            using JsonDocument document = JsonDocument.Parse(UserFile.ReadAllBytes(path, MaxBytes));
            JsonElement root = document.RootElement.Clone();
            if (root.ValueKind != JsonValueKind.Object)
                throw new ModelException($"'{path}' is not a JSON object.");
            return new ConfigFile(path, inner is null ? root : ObjectIn(root, inner) ?? root);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new ModelException(
                $"'{path}' cannot be read: {exception.Message} A Hugging Face model folder has one.", exception);
        }
    }

    public ModelException Problem(string problem) => new($"'{_path}': {problem}.");

    public JsonElement? Object(string key) => ObjectIn(_root, key);

    /// <summary>A positive whole number.</summary>
    public int Size(string key, int otherwise)
    {
        if (!Has(key, out JsonElement value))
            return otherwise;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int size) && size > 0
            ? size
            : throw Problem($"'{key}' is {value.GetRawText()}, not a positive whole number");
    }

    public double Number(string key, double otherwise)
    {
        if (!Has(key, out JsonElement value))
            return otherwise;
        return value.ValueKind == JsonValueKind.Number
            ? value.GetDouble()
            : throw Problem($"'{key}' is {value.GetRawText()}, not a number");
    }

    public bool Flag(string key) => Has(key, out JsonElement value) && value.ValueKind == JsonValueKind.True;

    /// <summary>The key's value, which must be one of those that a model here can have.</summary>
    public string Require(string key, string otherwise, params ReadOnlySpan<string> known)
    {
        string value = Has(key, out JsonElement given) ? given.ToString() : otherwise;
        return known.Contains(value)
            ? value
            : throw Problem($"'{key}' is '{value}'; known here: {string.Join(", ", known.ToArray())}");
    }

    public static double? NumberIn(JsonElement element, string key) =>
        HasKind(element, key, JsonValueKind.Number, out JsonElement value) ? value.GetDouble() : null;

    public static string? TextIn(JsonElement element, string key) =>
        HasKind(element, key, JsonValueKind.String, out JsonElement value) ? value.GetString() : null;

    private static JsonElement? ObjectIn(JsonElement element, string key) =>
        HasKind(element, key, JsonValueKind.Object, out JsonElement value) ? value : null;

    private static bool HasKind(JsonElement element, string key, JsonValueKind kind, out JsonElement value)
    {
        value = default;
        return element.ValueKind == JsonValueKind.Object
            && element.TryGetProperty(key, out value)
            && value.ValueKind == kind;
    }

    private bool Has(string key, out JsonElement value) =>
        _root.TryGetProperty(key, out value) && value.ValueKind != JsonValueKind.Null;
}
