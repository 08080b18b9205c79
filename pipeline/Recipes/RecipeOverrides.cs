using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Recipes.Keys;
using VisualChat.Pipeline.Recipes.Yaml;

namespace VisualChat.Pipeline.Recipes;

/// <summary>
/// Applies <c>--set KEY=VALUE</c> to a recipe's tree before it is checked: what an override sets is
/// checked like what the file says.
/// </summary>
internal static class RecipeOverrides
{
    private static readonly string Name = KeyName.Of(nameof(EntrySettings.Name));

    /// <summary>Sets one key. Maps on the way that the recipe leaves out are added.</summary>
    /// <param name="root">The recipe.</param>
    /// <param name="setting">
    /// <c>training.batch=32</c>; an entry of a list is named by its number or, for a map, by its
    /// name.
    /// </param>
    /// <param name="problems">Receives why it cannot be set.</param>
    /// <param name="option">The option that gives it.</param>
    public static void Apply(JObject root, string setting, List<string> problems, string option = "--set")
    {
        int equals = setting.IndexOf('=', StringComparison.Ordinal);
        string[] keys = equals > 0 ? setting[..equals].Trim().Split('.') : [];
        if (keys.Length == 0 || keys.Any(string.IsNullOrWhiteSpace))
        {
            problems.Add($"{option} {setting}: write KEY=VALUE, such as {option} training.batch=32");
            return;
        }

        var origin = new YamlOrigin($"{option} {setting}");
        try
        {
            JToken value = YamlTree.Read(setting[(equals + 1)..], origin, problems) ?? JValue.CreateNull();
            if (Place(root, keys, value, origin) is string problem)
                problems.Add($"{option} {setting}: {problem}");
        }
        catch (InputException exception)
        {
            problems.AddRange(exception.Problems);
        }
    }

    private static string? Place(JObject root, string[] keys, JToken value, YamlOrigin origin)
    {
        JToken at = root;
        for (int depth = 0; depth < keys.Length; depth++)
        {
            string key = keys[depth];
            bool last = depth == keys.Length - 1;
            switch (at)
            {
                case JObject map:
                    if (last || map[key] is null or { Type: JTokenType.Null })
                        Put(map, key, last ? value : Annotated(new JObject(), origin), origin);
                    at = map[key]!;
                    break;
                case JArray list:
                    int index = IndexOf(list, key);
                    if (index < 0)
                        return $"'{KeyPath.Of(list)}' has no entry '{key}'; it has {NamesOf(list)}";
                    if (last)
                        list[index] = value;
                    at = list[index];
                    break;
                default:
                    string found = at.ToString(Formatting.None);
                    return $"'{KeyPath.Of(at)}' is {found} ({KeyPath.OriginOf(at)}), so it has no key '{key}'";
            }
        }

        return null;
    }

    private static void Put(JObject map, string key, JToken value, YamlOrigin origin)
    {
        map.Remove(key);
        map.Add(Annotated(new JProperty(key, value), origin));
    }

    private static T Annotated<T>(T token, YamlOrigin origin) where T : JToken
    {
        token.AddAnnotation(origin);
        return token;
    }

    private static int IndexOf(JArray list, string key)
    {
        if (int.TryParse(key, out int index))
            return index >= 0 && index < list.Count ? index : -1;
        for (int i = 0; i < list.Count; i++)
        {
            if (NameOf(list[i]) == key)
                return i;
        }

        return -1;
    }

    private static string? NameOf(JToken entry) =>
        entry is JObject map && map[Name] is JValue { Value: string name } ? name : null;

    private static string NamesOf(JArray list) =>
        list.Count == 0 ? "none" : string.Join(", ", list.Select((entry, index) => NameOf(entry) ?? index.ToString()));
}
