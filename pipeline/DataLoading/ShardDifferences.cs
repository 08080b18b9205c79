using System.Globalization;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Recipes.Keys;
using VisualChat.Pipeline.Shards;
using VisualChat.Pipeline.Tokens;

namespace VisualChat.Pipeline.DataLoading;

/// <summary>What keeps a recipe from training on another recipe's shards.</summary>
internal static class ShardDifferences
{
    // Keys that the manifest itself has.
    private static readonly string[] InManifest =
    [
        KeyName.Path(nameof(Recipe.Tokenizer)),
        KeyName.Path(nameof(Recipe.Images), nameof(ImageSettings.Size)),
        KeyName.Path(nameof(Recipe.Images), nameof(ImageSettings.Tokens)),
    ];

    /// <summary>Every difference as a clause; none if the shards are the recipe's.</summary>
    /// <param name="manifest">What the folder holds.</param>
    /// <param name="blendedRecipe">
    /// The folder's <c>recipe.yaml</c>; null if it is not there.
    /// </param>
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
            differences.AddRange(recipe.DifferencesFrom(blendedRecipe, Outcome.Shards)
                .Where(key => !InManifest.Contains(key.Key))
                .Select(key => $"{key.Key} is {key.Other ?? "not given"}, the recipe has {key.Own ?? "nothing"}"));
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
}
