using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Planning;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Shards;
using VisualChat.Pipeline.Sources;
using VisualChat.Pipeline.Tokens;

namespace VisualChat.Pipeline.Blending;

/// <summary>
/// A recipe's blend from its data to its plan, and from there to its shards: what <c>blend</c>
/// does, and <c>train</c> where the shards are missing.
/// </summary>
internal sealed class RecipeBlend
{
    private readonly Recipe _recipe;
    private readonly SentencePieceTokenizer _tokenizer;
    private readonly string _fingerprint;

    private RecipeBlend(
        Recipe recipe, SentencePieceTokenizer tokenizer, string fingerprint, SourceCatalog catalog, BlendPlan plan)
    {
        _recipe = recipe;
        _tokenizer = tokenizer;
        _fingerprint = fingerprint;
        Catalog = catalog;
        Plan = plan;
    }

    /// <summary>The datasets' indexes.</summary>
    public SourceCatalog Catalog { get; }

    /// <summary>What will be made.</summary>
    public BlendPlan Plan { get; }

    /// <summary>Indexes a recipe's data and plans its blend.</summary>
    /// <param name="dataRoot">See <see cref="DataRoot"/>.</param>
    /// <param name="loading">Its tokenizer; may still be loading.</param>
    /// <param name="limit">Most samples; null: all.</param>
    /// <exception cref="InputException">The data is not there, or gives no sample.</exception>
    public static async Task<RecipeBlend> PlanAsync(
        Recipe recipe,
        string dataRoot,
        Task<SentencePieceTokenizer> loading,
        int? limit,
        IndexCache cache,
        IProgress<IndexProgress> progress,
        CancellationToken cancellation)
    {
        SourceCatalog catalog = await SourceLoader.LoadAsync(recipe.Data, dataRoot, cache, progress, cancellation);
        SentencePieceTokenizer tokenizer = await loading;
        string fingerprint = RecipeFingerprint.Of(recipe, tokenizer.Fingerprint);
        BlendPlan plan = BlendPlanner.Plan(catalog, recipe, fingerprint, limit);
        return plan.Shards.Count > 0
            ? new RecipeBlend(recipe, tokenizer, fingerprint, catalog, plan)
            : throw new InputException(
                "The recipe gives no sample from this data. 'visualchat validate' lists what was left out.");
    }

    /// <summary>Makes the shards that are missing.</summary>
    /// <returns>The manifest; null after a partition.</returns>
    /// <inheritdoc cref="BlendRun.RunAsync"/>
    public Task<Manifest?> RunAsync(
        OutputFolder folder,
        BlendSettings settings,
        IProgress<BlendProgress> progress,
        CancellationToken cancellation)
    {
        var runner = new BlendRun(Catalog, Plan, _recipe, _fingerprint, _tokenizer);
        return runner.RunAsync(folder, settings, progress, cancellation);
    }
}
