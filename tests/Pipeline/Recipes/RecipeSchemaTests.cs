using Newtonsoft.Json.Linq;
using NJsonSchema;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Recipes.Keys;
using VisualChat.Pipeline.Recipes.Yaml;

namespace VisualChat.Pipeline.Tests.Recipes;

/// <summary>An editor with the JSON schema takes what the program takes, key by key.</summary>
public sealed class RecipeSchemaTests
{
    private const string Yaml =
        """
        name: x
        data: { sources: [{ name: llava }, { name: mine, format: llava, annotations: [a] }], sample_world: {} }
        tokenizer: t
        template: {}
        images: {}
        shards: {}
        model:
          vision: { hidden_size: 8, intermediate_size: 8, num_hidden_layers: 1, num_attention_heads: 1, patch_size: 4 }
          language: { hidden_size: 8, intermediate_size: 8, num_hidden_layers: 1, num_attention_heads: 1 }
        training: {}
        """;

    private static readonly string[] Values =
    [
        "null", "0", "1", "-1", "14", "100000", "99999999999", "0.5", "1.5", "1e300", "true", "text", "''", "'5'",
        "all", "epoch", "drop-image", "Drop-Image", "original", "webp", "image", "mimic-it", "muon", "adamw",
        "cosine_with_restarts", "mmca-deepspeed", "float32", "baseline", "vision", "\"a\\0b\"",
        "[]", "[5]", "[all]", "[vision]", "[vision, vision]", "[vision, ears]", "[a.json]",
        "{}", "{ name: x }", "[{ name: llava }]", "[{ nam: x }]", "{ hidden_size: 12 }", "{ patch_size: 5, x: 1 }",
    ];

    [Fact]
    public async Task The_schema_and_the_reader_refuse_the_same_values_of_every_key()
    {
        JsonSchema schema = await JsonSchema.FromJsonAsync(RecipeDocuments.Schema());
        var different = new List<string>();
        int refused = 0;
        foreach (string key in PathsOf(MapForm.Of(typeof(Recipe)), "").Append("other").Append("data.other"))
        {
            foreach (string value in Values)
            {
                JObject tree = Tree($"{key}={value}");
                bool isRefused = schema.Validate(tree).Count > 0;
                refused += isRefused ? 1 : 0;
                if (isRefused != IsRefused(tree))
                    different.Add($"{key}={value}: the schema {(isRefused ? "refuses" : "takes")} it");
            }
        }

        different.Should().BeEmpty();
        refused.Should().BeGreaterThan(1000, "most values do not fit most keys");
    }

    private static IEnumerable<string> PathsOf(MapForm map, string prefix)
    {
        foreach (RecipeKey key in map.Keys)
        {
            yield return prefix + key.Name;
            string inside = $"{prefix}{key.Name}.{(key.Form is ListForm ? "0." : "")}";
            foreach (string inner in key.Form.Map is { } section ? PathsOf(section, inside) : [])
                yield return inner;
        }
    }

    private static JObject Tree(string setting)
    {
        var problems = new List<string>();
        var tree = (JObject)YamlTree.Read(Yaml, null, problems)!;
        RecipeOverrides.Apply(tree, setting, problems);
        problems.Should().BeEmpty();
        return tree;
    }

    private static bool IsRefused(JObject tree)
    {
        var problems = new List<string>();
        _ = MapForm.Of(typeof(Recipe)).Read(tree, new RecipeReading(tree, "/r", problems));
        return problems.Count > 0;
    }
}
