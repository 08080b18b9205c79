using System.Text;
using Newtonsoft.Json.Linq;
using VisualChat.Model.Files;
using VisualChat.Model.Projection;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Recipes.Keys;
using VisualChat.Pipeline.Recipes.Yaml;
using VisualChat.Pipeline.Storage;
using VisualChat.Pipeline.Tokens;

namespace VisualChat.Pipeline.Recipes;

/// <summary>
/// Reads recipes: YAML 1.2, overridden by <c>--set</c>, checked key by key and across keys, every
/// default filled in. A recipe with problems gives one <see cref="InputException"/> with all of
/// them.
/// </summary>
internal static class RecipeReader
{
    /// <summary>Reads a recipe's file.</summary>
    /// <param name="path">The YAML file.</param>
    /// <param name="overrides">
    /// Keys set over the file's: <c>training.batch=32</c>, <c>data.sources.llava.samples=10</c>.
    /// </param>
    /// <param name="datasets">Names of the datasets that need no format.</param>
    /// <param name="varied">Keys set after those, by <c>--vary</c>; null: none.</param>
    /// <exception cref="InputException">
    /// The file cannot be read, or the recipe is wrong: every problem.
    /// </exception>
    public static Recipe Read(
        string path,
        IReadOnlyList<string> overrides,
        IReadOnlyCollection<string> datasets,
        IReadOnlyList<string>? varied = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string fullPath = Path.GetFullPath(path);
        return Parse(ReadText(path, fullPath), Path.GetDirectoryName(fullPath)!, overrides, datasets, varied);
    }

    /// <summary>Reads a recipe from its text.</summary>
    /// <param name="yaml">The recipe.</param>
    /// <param name="recipeFolder">
    /// What its relative tokenizer and model paths are relative to.
    /// </param>
    /// <param name="overrides">Keys set over the text's.</param>
    /// <param name="datasets">Names of the datasets that need no format.</param>
    /// <param name="varied">Keys set after those, by <c>--vary</c>; null: none.</param>
    /// <exception cref="InputException">The recipe is wrong: every problem.</exception>
    public static Recipe Parse(
        string yaml,
        string recipeFolder,
        IReadOnlyList<string> overrides,
        IReadOnlyCollection<string> datasets,
        IReadOnlyList<string>? varied = null)
    {
        var problems = new List<string>();
        JToken? tree = YamlTree.Read(yaml, null, problems);
        if (tree is null)
            throw new InputException("the recipe is empty");
        if (tree is not JObject root)
            throw new InputException($"the recipe must be a map of keys ({KeyPath.OriginOf(tree)})");

        foreach (string setting in overrides)
            RecipeOverrides.Apply(root, setting, problems);
        foreach (string setting in varied ?? [])
            RecipeOverrides.Apply(root, setting, problems, "--vary");
        var reading = new RecipeReading(root, recipeFolder, problems);
        var recipe = (Recipe)MapForm.Of(typeof(Recipe)).Read(root, reading)!;
        VisionConfig? vision = VisionConfig.Of(recipe.Model);
        RecipeChecks.Check(recipe, vision, reading, datasets);
        if (problems.Count > 0)
            throw new InputException(problems);

        recipe = recipe with { Tokenizer = recipe.Tokenizer.FileIn(SentencePieceTokenizer.FileName) };

        // An image's tokens and its resize follow from the model where the recipe does not give
        // them.
        bool areTokensGiven = reading.Key(nameof(Recipe.Images), nameof(ImageSettings.Tokens)).HasValue;
        bool isResizeGiven = reading.Key(nameof(Recipe.Images), nameof(ImageSettings.Resize)).HasValue;
        ImageSettings images = recipe.Images;
        int? made = recipe.Model?.Projection.VisualTokens() ?? vision?.TokensOf(images.Size);
        if (!areTokensGiven && made is not null)
            images = images with { Tokens = made };
        if (!isResizeGiven && vision?.Resize is { } resize)
            images = images with { Resize = resize };
        return recipe with { Images = images, Model = WithGatedLayersTrained(recipe.Model, reading) };
    }

    // The gated layers start at nothing: a recipe that names no parts lets them learn.
    private static ModelSettings? WithGatedLayersTrained(ModelSettings? model, RecipeReading reading) =>
        model is not { IsCrossAttended: true }
            || reading.Key(nameof(Recipe.Model), nameof(ModelSettings.Trainable)).HasValue
                ? model
                : model with { Trainable = new([.. model.Trainable.Parts, TrainablePart.CrossAttention]) };

    private static string ReadText(string path, string fullPath)
    {
        if (Directory.Exists(fullPath))
            throw new InputException($"'{path}' is a folder; name the recipe's YAML file in it");
        try
        {
            byte[] bytes = UserFile.ReadAllBytes(fullPath, FileLimits.Recipe);
            using var reader = new StreamReader(
                new MemoryStream(bytes), new UTF8Encoding(false, throwOnInvalidBytes: true));
            return reader.ReadToEnd();
        }
        catch (DecoderFallbackException exception)
        {
            throw new InputException($"'{path}' is not UTF-8 text: {exception.Message}");
        }
        catch (UserFileException exception) when (exception.Fault == FileFault.Missing)
        {
            throw new InputException($"there is no recipe '{path}' (looked for {fullPath}): {exception.Problem}");
        }
        catch (UserFileException exception)
        {
            throw new InputException($"the recipe '{path}' cannot be read: {exception.Problem}");
        }
    }
}
