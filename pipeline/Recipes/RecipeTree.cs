using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using VisualChat.Pipeline.Recipes.Keys;
using VisualChat.Pipeline.Recipes.Yaml;

namespace VisualChat.Pipeline.Recipes;

/// <summary>A resolved recipe as a tree of its keys, and what its keys decide.</summary>
internal static class RecipeTree
{
    private static readonly string Name = KeyName.Of(nameof(EntrySettings.Name));

    public static JObject Of(Recipe recipe) => (JObject)MapForm.Of(typeof(Recipe)).Write(recipe);

    /// <summary>
    /// The tree of a resolved recipe's text; without keys if it is not a map. Two texts are
    /// compared rather than two records: text has 1 and 1.0 alike.
    /// </summary>
    public static JObject Of(string yaml) => YamlTree.Read(yaml, null, []) as JObject ?? [];

    /// <summary>The keys that decide something and differ, in the recipes' order.</summary>
    public static IReadOnlyList<KeyDifference> Differences(JObject other, JObject own, Outcome outcome)
    {
        Dictionary<string, JToken> others = Deciding(other, outcome), owns = Deciding(own, outcome);
        return
        [
            .. others.Keys.Union(owns.Keys)
                .Select(key => new KeyDifference(key, Shown(others, key), Shown(owns, key)))
                .Where(difference => difference.Other != difference.Own),
        ];
    }

    public static Dictionary<string, string> ValuesThatDecide(JObject tree, Outcome outcome) =>
        Deciding(tree, outcome).ToDictionary(value => value.Key, value => value.Value.ToString());

    private static string? Shown(Dictionary<string, JToken> values, string key) =>
        values.GetValueOrDefault(key)?.ToString(Formatting.None);

    private static Dictionary<string, JToken> Deciding(JObject tree, Outcome outcome)
    {
        var values = new Dictionary<string, JToken>();
        Collect(tree, "", MapForm.Of(typeof(Recipe)), Outcome.None);
        return values;

        void Collect(JToken value, string path, Form? form, Outcome decides)
        {
            string prefix = path.Length > 0 ? path + "." : "";
            if (value is JObject map)
            {
                foreach (JProperty property in map.Properties())
                {
                    RecipeKey? key = (form as MapForm)?.Find(property.Name);
                    Collect(property.Value, prefix + property.Name, key?.Form, OutcomeOf(key, decides));
                }

                // A resolved recipe of an earlier version lacks what it did not know: that was done
                // as the default says.
                foreach (RecipeKey key in ((form as MapForm)?.Keys ?? []).Where(key => key.IsAlwaysWritten))
                {
                    if (!map.ContainsKey(key.Name) && key.WrittenDefault is { } unsaid)
                        Collect(unsaid, prefix + key.Name, key.Form, OutcomeOf(key, decides));
                }
            }
            else if (value is JArray { Count: > 0 } list && list.All(item => item is JObject))
            {
                foreach (JToken item in list)
                    Collect(item, prefix + item[Name], (form as ListForm)?.Item, decides);
            }
            else if ((decides & outcome) != 0)
                values[path] = value;
        }
    }

    /// <summary>
    /// What a key decides; one that this program does not know, what its section does.
    /// </summary>
    private static Outcome OutcomeOf(RecipeKey? key, Outcome section) =>
        (key?.Decides ?? section) | (key?.Fingerprint is null ? Outcome.None : Outcome.Shards);
}
