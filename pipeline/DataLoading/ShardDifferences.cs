using System.Globalization;
using Newtonsoft.Json.Linq;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Shards;
using VisualChat.Pipeline.Tokens;

namespace VisualChat.Pipeline.DataLoading;

/// <summary>What keeps a recipe from training on the shards of another.</summary>
internal static class ShardDifferences
{
    // What decides the shards' bytes, less what the manifest itself says.
    private static readonly string[] BlendKeys = ["seed", "data", "template", "images.store", "images.encoding", "shards"];

    /// <summary>Every difference as a clause; none if the shards are the recipe's.</summary>
    /// <param name="manifest">What the folder holds.</param>
    /// <param name="blendedRecipe">The folder's <c>recipe.yaml</c>; null if it is not there.</param>
    /// <param name="recipe">The recipe that is to be trained.</param>
    /// <param name="tokenizer">The recipe's tokenizer.</param>
    public static IReadOnlyList<string> Between(Manifest manifest, string? blendedRecipe, Recipe recipe, SentencePieceTokenizer tokenizer)
    {
        var differences = new List<string>();
        Compare("their format is version", manifest.FormatVersion, Manifest.CurrentFormatVersion, "this program reads");
        if (manifest.TokenizerSha256 != tokenizer.Fingerprint)
            differences.Add($"they are of another tokenizer ({Pieces(manifest.BaseVocabularySize, manifest.TokenizerSha256)}; the recipe's has {Pieces(tokenizer.VocabularySize, tokenizer.Fingerprint)})");
        if (recipe.Images.Store == ImageStore.Resized)
            Compare("images.size is", manifest.ImageSize, recipe.Images.Size, "the recipe has");
        if (manifest.ImageTokens != recipe.Images.VisualTokens)
            differences.Add($"an image takes {manifest.ImageTokens} tokens, the recipe's take {recipe.Images.VisualTokens}");
        if (manifest.RecipeFingerprint == RecipeFingerprint.Of(recipe, tokenizer.Fingerprint))
            return differences;
        if (blendedRecipe is not null)
            differences.AddRange(BetweenRecipes(blendedRecipe, RecipeWriter.Write(recipe)));
        if (differences.Count == 0)
            differences.Add("the recipe's data, template, images or shards are others than they were blended with");
        return differences;

        void Compare(string what, int found, int wanted, string whose)
        {
            if (found != wanted)
                differences.Add($"{what} {found}, {whose} {wanted}");
        }
    }

    private static string Pieces(int count, string sha256) => $"{count.ToString("N0", CultureInfo.InvariantCulture)} pieces, SHA-256 {sha256[..12]}";

    private static IEnumerable<string> BetweenRecipes(string blended, string wanted)
    {
        Dictionary<string, string> found = SettingsOf(blended);
        Dictionary<string, string> asked = SettingsOf(wanted);
        return found.Keys.Union(asked.Keys)
            .Where(key => found.GetValueOrDefault(key) != asked.GetValueOrDefault(key))
            .Select(key => $"{key} is {found.GetValueOrDefault(key, "not given")}, the recipe has {asked.GetValueOrDefault(key, "nothing")}");
    }

    private static Dictionary<string, string> SettingsOf(string yaml)
    {
        var settings = new Dictionary<string, string>();
        if (YamlTree.Read(yaml, null, []) is not JObject root)
            return settings;
        foreach (string key in BlendKeys)
        {
            if (root.SelectToken(key) is { } value)
                Collect(value, key);
        }

        return settings;

        void Collect(JToken value, string key)
        {
            if (value is JObject map)
            {
                foreach (JProperty property in map.Properties())
                    Collect(property.Value, $"{key}.{property.Name}");
            }
            else if (value is JArray list && list.All(item => item is JObject))
            {
                foreach (JToken item in list)
                    Collect(item, $"{key}.{item["name"]}");
            }
            else
            {
                settings[key] = value.ToString(Newtonsoft.Json.Formatting.None);
            }
        }
    }
}
