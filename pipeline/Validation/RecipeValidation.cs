using VisualChat.Model.Errors;
using VisualChat.Model.Vision;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Planning;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Sources;
using VisualChat.Pipeline.Tokens;
using VisualChat.Pipeline.Training;

namespace VisualChat.Pipeline.Validation;

/// <summary>
/// Everything that can be known of a blend before it is run: the recipe, its tokenizer, the files
/// under the data root, and what their indexes say of records and images. Collects every problem,
/// as far as each step can go without the one before.
/// </summary>
internal static class RecipeValidation
{
    /// <summary>
    /// Checks a recipe against a data root. Costs one indexing of the annotation files, or none
    /// when the cache has them.
    /// </summary>
    /// <param name="recipePath">The recipe's file.</param>
    /// <param name="overrides">Keys set over the file's.</param>
    /// <param name="dataRoot">The data root; null: only what needs none is checked.</param>
    /// <param name="linksMayLeadTo">
    /// Folders that links among the images may lead to besides.
    /// </param>
    /// <param name="place">Where its model is to be trained and used.</param>
    /// <param name="cache">Where indexes are kept.</param>
    /// <param name="progress">Told how far indexing is.</param>
    /// <param name="cancellationToken">Stops indexing.</param>
    public static async Task<ValidationReport> CheckAsync(
        string recipePath,
        IReadOnlyList<string> overrides,
        string? dataRoot,
        IReadOnlyList<string> linksMayLeadTo,
        RunPlace place,
        IndexCache cache,
        IProgress<IndexProgress>? progress,
        CancellationToken cancellationToken)
    {
        var problems = new List<string>();
        IReadOnlyList<SourceReport> sources = [];
        VisionTowerConfig? vision = null;
        ModelNeeds? needs = null;
        IReadOnlyList<string> unknown = [];
        CheckDataRoot(dataRoot, problems);
        try
        {
            Recipe recipe = RecipeReader.Read(recipePath, overrides, SourceRegistry.Names);
            vision = VisionOf(recipe);
            SentencePieceTokenizer? tokenizer =
                Collect(() => SentencePieceTokenizer.Load(recipe.Tokenizer.FullPath), problems);
            if (recipe.Model is not null)
                (needs, unknown) = await NeedsAsync(recipe, tokenizer, place, problems, cancellationToken);
            if (dataRoot is null && recipe.Data.SampleWorld is null)
                problems.Add("the recipe reads files: name the folder they are in with --data");
            else if (dataRoot != null && Directory.Exists(dataRoot))
                sources = await CheckSourcesAsync(
                    recipe, dataRoot, linksMayLeadTo, cache, progress, problems, cancellationToken);
        }
        catch (InputException exception)
        {
            problems.AddRange(exception.Problems);
        }

        return new ValidationReport(recipePath, dataRoot, problems, sources)
        {
            Vision = vision,
            Needs = needs,
            NeedsUnknown = unknown,
        };
    }

    // Shards can be made where the model is not.
    private static async Task<(ModelNeeds? Needs, IReadOnlyList<string> Unknown)> NeedsAsync(
        Recipe recipe,
        SentencePieceTokenizer? tokenizer,
        RunPlace place,
        List<string> problems,
        CancellationToken cancellationToken)
    {
        try
        {
            return (await new NeedsOfRecipe(recipe, tokenizer, place, problems).FindAsync(cancellationToken), []);
        }
        catch (InputException exception)
        {
            return (null, exception.Problems);
        }
        catch (ModelException exception)
        {
            return (null, exception.Problems);
        }
    }

    // Shards can be made where the tower is not.
    private static VisionTowerConfig? VisionOf(Recipe recipe)
    {
        try
        {
            return ModelDescriptions.VisionOf(recipe);
        }
        catch (ModelException)
        {
            return null;
        }
    }

    private static void CheckDataRoot(string? dataRoot, List<string> problems)
    {
        if (File.Exists(dataRoot))
            problems.Add($"--data {dataRoot} is a file; name the folder with the datasets");
        else if (dataRoot != null && !Directory.Exists(dataRoot))
            problems.Add($"--data {dataRoot} is not there; name the folder with the datasets");
    }

    private static async Task<IReadOnlyList<SourceReport>> CheckSourcesAsync(
        Recipe recipe,
        string dataRoot,
        IReadOnlyList<string> linksMayLeadTo,
        IndexCache cache,
        IProgress<IndexProgress>? progress,
        List<string> problems,
        CancellationToken cancellationToken)
    {
        try
        {
            SourceCatalog catalog = await SourceLoader.LoadAsync(
                recipe.Data, dataRoot, cache, progress, linksMayLeadTo, cancellationToken);
            SourceReport[] reports =
                [.. catalog.Datasets.Select(dataset => SourceReport.Of(dataset, catalog.Images))];
            string[] unusable = [.. reports.Select(report => report.Problem).OfType<string>()];
            problems.AddRange(unusable);
            if (unusable.Length == 0)
                CheckPlan(catalog, recipe, problems);
            return reports;
        }
        catch (InputException exception)
        {
            problems.AddRange(exception.Problems);
        }
        catch (WorkException exception)
        {
            problems.Add(exception.Message);
        }

        return [];
    }

    /// <summary>
    /// What a plan leaves out of records that could be used, if it leaves nothing.
    /// </summary>
    private static void CheckPlan(SourceCatalog catalog, Recipe recipe, List<string> problems)
    {
        BlendPlan plan = BlendPlanner.Plan(catalog, recipe, recipeFingerprint: "");
        if (plan.Shards.Any(shard => shard.Split == Split.Train))
            return;
        int heldOut = plan.Shards.Sum(shard => shard.Samples.Length);
        problems.Add(heldOut == 0
            ? "the recipe gives no sample from this data"
            : $"the recipe gives no sample to train on: all {heldOut:N0} are held out (data.validation)");
        foreach (DatasetIndex dataset in catalog.Datasets)
            problems.AddRange(RejectSummary.Of(dataset, plan.Rejects).Select(reason => $"{dataset.Name}: {reason}"));
    }

    private static T? Collect<T>(Func<T> step, List<string> problems)
        where T : class
    {
        try
        {
            return step();
        }
        catch (InputException exception)
        {
            problems.AddRange(exception.Problems);
            return null;
        }
    }
}
