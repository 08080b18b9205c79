using System.Text;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Recipes.Keys;
using VisualChat.Pipeline.Recipes.Yaml;

namespace VisualChat.Pipeline.Tests.Recipes;

/// <summary>
/// What is generated from the recipe's definition: its JSON schema and its tables of keys.
/// </summary>
internal static class RecipeDocuments
{
    private static readonly MapForm Root = MapForm.Of(typeof(Recipe));

    /// <summary><c>data-schemas/recipe.schema.json</c>.</summary>
    public static string Schema()
    {
        var schema = new JObject
        {
            ["$schema"] = "http://json-schema.org/draft-07/schema#",
            ["title"] = "VisualChat recipe",
            ["description"] =
                "What to blend, how to prepare it and what to train. Generated from the recipe's records.",
        };
        schema.Merge(Root.Schema());
        return schema.ToString(Formatting.Indented).ReplaceLineEndings("\n") + "\n";
    }

    /// <summary>
    /// The generated part of <c>docs/recipe.md</c>: a table for the recipe, and one for each map in
    /// it.
    /// </summary>
    public static string Tables()
    {
        var text = new StringBuilder();
        AppendTable(text, "The recipe", Root, "");
        return text.ToString();
    }

    private static void AppendTable(StringBuilder text, string title, MapForm map, string prefix)
    {
        text.Append($"\n### {title}\n\n| key | value | default | meaning |\n| --- | --- | --- | --- |\n");
        foreach (RecipeKey key in map.Keys)
            text.Append($"| `{key.Name}` | {ValueOf(key)} | {DefaultOf(key)} | {Cell(key.Meaning)} |\n");
        foreach (RecipeKey key in map.Keys)
        {
            string path = prefix + key.Name;
            if (key.Form.Map is { } inner)
                AppendTable(text, $"`{path}`", inner, path + ".");
        }
    }

    private static string ValueOf(RecipeKey key)
    {
        string allowed = key.Form.Allowed;
        return Cell(key.Form.Map is { } map ? allowed.Replace(map.Allowed, "a map (below)") : allowed);
    }

    private static string DefaultOf(RecipeKey key)
    {
        if (key.IsRequired)
            return "required";
        if (key.IsDerived)
            return "from other keys";
        return key.WrittenDefault is { } value ? $"`{Cell(YamlText.Inline(value))}`" : "";
    }

    private static string Cell(string text) => text.Replace("|", "\\|");
}
