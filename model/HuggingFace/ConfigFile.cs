using System.Text.Json;
using VisualChat.Model.Errors;
using VisualChat.Model.Quantisation;
using static TorchSharp.torch;

namespace VisualChat.Model.HuggingFace;

/// <summary>A Hugging Face folder's <c>config.json</c>.</summary>
/// <remarks>If a key is missing or null, its reader's default holds.</remarks>
internal sealed class ConfigFile
{
    public const string FileName = "config.json";

    private const long MaxBytes = 16_000_000;
    private const string Remedy = "A Hugging Face model folder has one.";

    private readonly string _path;
    private readonly JsonElement _root;
    private readonly JsonElement _whole;

    private ConfigFile(string path, JsonElement root, JsonElement whole)
    {
        _path = path;
        _root = root;
        _whole = whole;
    }

    /// <param name="folder">The model's folder.</param>
    /// <param name="inner">
    /// An object to read instead of the whole, if it is there: <c>vision_config</c> of a full CLIP.
    /// </param>
    /// <exception cref="ModelException">The file is missing or is not a JSON object.</exception>
    public static ConfigFile Open(string folder, string? inner = null)
    {
        string path = Path.Combine(folder, FileName);
        JsonElement whole = JsonFile.ReadObject(path, MaxBytes, Remedy);
        var file = new ConfigFile(path, whole, whole);
        return inner is not null && file.Object(inner) is { } part ? new ConfigFile(path, part, whole) : file;
    }

    /// <summary>
    /// The type that a folder's weights have, as its <c>config.json</c> says; null: it does not.
    /// </summary>
    public static ScalarType? TypeIn(string folder)
    {
        try
        {
            JsonElement root = JsonFile.ReadObject(Path.Combine(folder, FileName), MaxBytes, Remedy);
            string[] keys = ["torch_dtype", "dtype"];
            string? name = keys
                .Select(key => root.TryGetProperty(key, out JsonElement value)
                    && value.ValueKind == JsonValueKind.String ? value.GetString() : null)
                .FirstOrDefault(value => value is not null);
            return name?.Replace("torch.", "", StringComparison.Ordinal) switch
            {
                "float32" => ScalarType.Float32,
                "float16" => ScalarType.Float16,
                "bfloat16" => ScalarType.BFloat16,
                _ => null,
            };
        }
        catch (ModelException)
        {
            return null;
        }
    }

    public ModelException Problem(string problem) => new(Sentence(problem));

    public JsonElement? Object(string key)
    {
        if (!Has(key, out JsonElement value))
            return null;
        return value.ValueKind == JsonValueKind.Object
            ? value
            : throw Problem($"'{key}' is {Shown(value)}, not an object");
    }

    /// <summary>A positive whole number.</summary>
    /// <param name="key">The key.</param>
    /// <param name="otherwise">Its value if it is missing.</param>
    /// <param name="most">More than any model has; a larger number is a mistake.</param>
    public int Size(string key, int otherwise, int most)
    {
        if (!Has(key, out JsonElement value))
            return otherwise;
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt64(out long size) || size <= 0)
            throw Problem($"'{key}' is {Shown(value)}, not a positive whole number");
        return size <= most ? (int)size : throw Problem($"'{key}' is {size}, and at most {most} is possible here");
    }

    /// <summary>A finite number above a limit.</summary>
    public double Number(string key, double otherwise, double above = double.MinValue) =>
        Has(key, out JsonElement value) ? NumberOf(key, value, above) : otherwise;

    /// <summary>The number that an element is, finite and above a limit.</summary>
    public double NumberOf(string key, JsonElement value, double above = double.MinValue)
    {
        if (value.ValueKind != JsonValueKind.Number || !double.IsFinite(value.GetDouble()))
            throw Problem($"'{key}' is {Shown(value)}, not a number");
        double number = value.GetDouble();
        return number > above ? number : throw Problem($"'{key}' is {Shown(value)}; it must be above {above}");
    }

    public bool Flag(string key)
    {
        if (!Has(key, out JsonElement value))
            return false;
        return value.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? value.GetBoolean()
            : throw Problem($"'{key}' is {Shown(value)}, not true or false");
    }

    /// <summary>The key's value, which must be one of those that a model here can have.</summary>
    public string Require(string key, string otherwise, params ReadOnlySpan<string> known)
    {
        string value = Has(key, out JsonElement given) ? given.ToString() : otherwise;
        return known.Contains(value)
            ? value
            : throw Problem($"'{key}' is '{value}'; known here: {string.Join(", ", known.ToArray())}");
    }

    /// <summary>Refuses every key whose value could change what the model computes.</summary>
    /// <exception cref="ModelException">There are some; each is named.</exception>
    public void RefuseUnknown(ConfigKeys keys)
    {
        string[] problems =
        [
            .. _root.EnumerateObject()
                .Where(key => !keys.Allows(key.Name, key.Value))
                .Select(key => Sentence($"'{key.Name}' is {Shown(key.Value)}: {ConfigKeys.Reason}")),
        ];
        if (problems.Length > 0)
            throw new ModelException(problems);
    }

    /// <summary>
    /// How the folder's weights are quantised; null: they are not. In a whole model's file it
    /// stands beside the towers' objects.
    /// </summary>
    /// <exception cref="ModelException">They are in a way that is not read here.</exception>
    public FrozenFormat? Quantisation()
    {
        foreach (JsonElement owner in (JsonElement[])[_root, _whole])
        {
            if (owner.TryGetProperty(QuantisationConfig.Key, out JsonElement value)
                && value.ValueKind != JsonValueKind.Null)
            {
                return QuantisationConfig.Read(value, problem => Problem($"'{QuantisationConfig.Key}' {problem}"));
            }
        }

        return null;
    }

    /// <summary>A value as the file has it, cut if it is long.</summary>
    public static string Shown(JsonElement value)
    {
        const int Most = 60;
        string text = value.GetRawText().ReplaceLineEndings(" ");
        return text.Length <= Most ? text : $"{text[..Most]}...";
    }

    public bool Has(string key, out JsonElement value) =>
        _root.TryGetProperty(key, out value) && value.ValueKind != JsonValueKind.Null;

    private string Sentence(string problem) => $"'{_path}': {problem}.";
}
