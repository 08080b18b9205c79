using VisualChat.Pipeline.Planning;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Shards;
using VisualChat.Pipeline.Sources;
using VisualChat.Pipeline.Tokens;

namespace VisualChat.Pipeline.Blending;

/// <summary>A recipe with its data indexed and its blend planned.</summary>
/// <param name="Catalog">The datasets' indexes.</param>
/// <param name="Plan">What will be made.</param>
/// <param name="Recipe">The recipe.</param>
/// <param name="RecipeFingerprint">
/// What of the recipe decides the shards' bytes, as a SHA-256.
/// </param>
/// <param name="Tokenizer">The recipe's tokenizer.</param>
internal sealed record RecipeBlend(
    SourceCatalog Catalog,
    BlendPlan Plan,
    Recipe Recipe,
    string RecipeFingerprint,
    SentencePieceTokenizer Tokenizer)
{
    /// <summary>Indexes a recipe's data and plans its blend.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="dataRoot">
    /// The folder that relative paths of <c>data</c> are relative to.
    /// </param>
    /// <param name="linksMayLeadTo">
    /// Folders that links among the images may lead to besides.
    /// </param>
    /// <param name="loading">The recipe's tokenizer; may still be loading.</param>
    /// <param name="limit">Most samples; null: all.</param>
    /// <param name="cache">Indexes of earlier runs.</param>
    /// <param name="progress">Told of the bytes indexed.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="Errors.InputException">The data is not there.</exception>
    public static async Task<RecipeBlend> PlanAsync(
        Recipe recipe,
        string dataRoot,
        IReadOnlyList<string> linksMayLeadTo,
        Task<SentencePieceTokenizer> loading,
        int? limit,
        IndexCache cache,
        IProgress<IndexProgress> progress,
        CancellationToken cancellation)
    {
        SourceCatalog catalog = await SourceLoader.LoadAsync(
            recipe.Data, dataRoot, cache, progress, linksMayLeadTo, cancellation);
        SentencePieceTokenizer tokenizer = await loading;
        string fingerprint = Recipes.RecipeFingerprint.Of(recipe, tokenizer.Fingerprint);
        BlendPlan plan = BlendPlanner.Plan(catalog, recipe, fingerprint, limit);
        return new RecipeBlend(catalog, plan, recipe, fingerprint, tokenizer);
    }

    /// <summary>Makes the shards that are missing.</summary>
    /// <inheritdoc cref="BlendRun.RunAsync"/>
    public Task<FinishedBlend?> RunAsync(
        OutputFolder folder,
        BlendSettings settings,
        IProgress<BlendProgress>? progress,
        CancellationToken cancellation) =>
        new BlendRun(this).RunAsync(folder, settings, progress, cancellation);
}
