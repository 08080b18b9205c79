using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using VisualChat.Pipeline.Recipes.Yaml;

namespace VisualChat.Pipeline.Recipes.Keys;

/// <summary>
/// A recipe while it is read. What is refused becomes a sentence that names the key, where it was
/// written and what is allowed.
/// </summary>
/// <param name="root">The recipe's tree.</param>
/// <param name="folder">What relative paths of models and of the tokenizer are relative to.</param>
/// <param name="problems">Receives each problem.</param>
internal sealed class RecipeReading(JObject root, string folder, List<string> problems)
{
    private const int MaxShown = 60;

    private readonly HashSet<string> _refused = new(StringComparer.Ordinal);

    public string Folder => folder;

    public void Add(string problem) => problems.Add(problem);

    public void Refuse(JToken value, string allowed)
    {
        string path = KeyPath.Of(value);
        _refused.Add(path);
        Add($"'{path}' ({KeyPath.OriginOf(value)}) must be {allowed}, not {Shown(value)}");
    }

    public void Miss(JObject map, RecipeKey key)
    {
        string path = KeyPath.Of(map, key.Name);
        _refused.Add(path);
        Add($"'{path}' is missing ({KeyPath.OriginOf(map)}): {key.Form.Allowed}");
    }

    public void RefuseKey(JProperty property, MapForm map)
    {
        string path = KeyPath.Of(property);
        _refused.Add(path);
        string[] siblings = [.. map.Keys.Select(key => key.Name)];
        string hint;
        if (Spelling.Nearest(property.Name, siblings) is { } nearest)
            hint = $"did you mean '{KeyPath.Of(property.Parent!, nearest)}'?";
        else if (PathEndingWith(property.Name) is { } elsewhere)
            hint = $"did you mean '{elsewhere}'?";
        else
            hint = $"known here: {string.Join(", ", siblings)}";
        Add($"unknown key '{path}' ({KeyPath.OriginOf(property)}); {hint}");
    }

    /// <summary>A key of the recipe, by the path of its properties.</summary>
    public GivenKey Key(params ReadOnlySpan<string> properties) => KeyAt(KeyName.Path(properties));

    /// <summary>A key of an entry of a list.</summary>
    public GivenKey KeyOf(string entryPath, string property) => KeyAt($"{entryPath}.{KeyName.Of(property)}");

    private GivenKey KeyAt(string path)
    {
        JToken? token = root;
        foreach (string key in path.Split('.'))
        {
            token = token switch
            {
                JObject map => map[key],
                JArray list => int.TryParse(key, out int index) ? list[index] : null,
                _ => null,
            };
        }

        return new GivenKey(path, token, IsSound(path));
    }

    /// <summary>Whether nothing was refused at, above or below a path.</summary>
    private bool IsSound(string path) => !_refused.Any(refused =>
        refused == path
        || path.StartsWith(refused + '.', StringComparison.Ordinal)
        || refused.StartsWith(path + '.', StringComparison.Ordinal));

    private static string? PathEndingWith(string name) =>
        MapForm.Of(typeof(Recipe)).Paths().FirstOrDefault(path => path.EndsWith('.' + name, StringComparison.Ordinal));

    private static string Shown(JToken value)
    {
        string text = value is JValue { Value: string plain } ? $"'{plain}'" : value.ToString(Formatting.None);
        text = text.ReplaceLineEndings(" ");
        return text.Length > MaxShown ? $"{text[..MaxShown]}..." : text;
    }
}
