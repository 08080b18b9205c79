using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Recipes.Keys;
using VisualChat.Pipeline.Shards;
using VisualChat.Pipeline.Tokens;

namespace VisualChat.Pipeline.DataLoading;

/// <summary>Finds why a recipe cannot train on shards that another recipe made.</summary>
internal static class ShardDifferences
{
    // These keys are compared with the manifest itself.
    private static readonly string[] InManifest =
    [
        KeyName.Path(nameof(Recipe.Tokenizer)),
        KeyName.Path(nameof(Recipe.Images), nameof(ImageSettings.Size)),
        KeyName.Path(nameof(Recipe.Images), nameof(ImageSettings.Tokens)),
    ];

    /// <summary>Every difference as a clause; empty if the shards are the recipe's own.</summary>
    /// <param name="manifest">The manifest of the shards.</param>
    /// <param name="blendedRecipe">
    /// The text of <c>recipe.yaml</c> in the folder of the shards; null if the file is missing.
    /// </param>
    /// <param name="recipe">The recipe to train.</param>
    /// <param name="tokenizer">The tokenizer of the recipe to train.</param>
    public static IReadOnlyList<string> Between(
        Manifest manifest, string? blendedRecipe, Recipe recipe, SentencePieceTokenizer tokenizer)
    {
        var differences = new List<string>();
        Compare("their format is version", manifest.FormatVersion, Manifest.CurrentFormatVersion, "this program reads");
        if (manifest.TokenizerSha256 != tokenizer.Fingerprint)
            differences.Add(OtherTokenizer(manifest, tokenizer));
        if (recipe.Images.Store == ImageStore.Resized)
            Compare("images.size is", manifest.ImageSize, recipe.Images.Size, "the recipe has");
        if (manifest.ImageTokens != recipe.Images.VisualTokens)
            differences.Add(OtherImageTokens(manifest, recipe));
        if (manifest.RecipeFingerprint == RecipeFingerprint.Of(recipe, tokenizer.Fingerprint))
            return differences;
        if (blendedRecipe is not null)
            differences.AddRange(OtherKeys(blendedRecipe, recipe));
        if (differences.Count == 0)
            differences.Add("the recipe's data, template, images or shards are others than they were blended with");
        return differences;

        void Compare(string what, int found, int wanted, string whose)
        {
            if (found != wanted)
                differences.Add($"{what} {found}, {whose} {wanted}");
        }
    }

    private static string OtherTokenizer(Manifest manifest, SentencePieceTokenizer tokenizer)
    {
        string found = Describe(manifest.BaseVocabularySize, manifest.TokenizerSha256);
        string wanted = Describe(tokenizer.VocabularySize, tokenizer.Fingerprint);
        return $"they are of another tokenizer ({found}; the recipe's has {wanted})";

        static string Describe(int pieces, string sha256) => $"{pieces:N0} pieces, SHA-256 {sha256[..12]}";
    }

    private static string OtherImageTokens(Manifest manifest, Recipe recipe) =>
        $"an image takes {manifest.ImageTokens} tokens, the recipe's take {recipe.Images.VisualTokens}";

    private static IEnumerable<string> OtherKeys(string blendedRecipe, Recipe recipe) =>
        recipe.DifferencesFrom(blendedRecipe, Outcome.Shards)
            .Where(difference => !InManifest.Contains(difference.Key))
            .Select(difference => $"{difference.Key} is {difference.Other ?? "not given"}, "
                + $"the recipe has {difference.Own ?? "nothing"}");
}
