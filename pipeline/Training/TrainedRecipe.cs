using Newtonsoft.Json.Linq;
using VisualChat.Model.Files;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Training;

/// <summary>The resolved recipe that weights were trained with, which lies beside them.</summary>
internal static class TrainedRecipe
{
    /// <summary>
    /// The text that it has for a key; null if the key or the recipe is missing.
    /// </summary>
    /// <param name="weights">A checkpoint or an exported folder.</param>
    /// <param name="key">The key's path.</param>
    public static string? TextOf(string weights, string key)
    {
        string recipe = Path.Combine(weights, "recipe.yaml");
        if (!File.Exists(recipe))
            return null;
        JObject keys = RecipeTree.Of(UserFile.ReadAllText(recipe, FileLimits.Recipe));
        return keys.SelectToken(key) is JValue { Value: string text } ? text : null;
    }
}
