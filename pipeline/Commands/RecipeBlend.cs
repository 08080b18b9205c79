using VisualChat.Pipeline.Blending;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Shards;
using VisualChat.Pipeline.Sources;
using VisualChat.Pipeline.Terminal.Screens;
using VisualChat.Pipeline.Tokens;

namespace VisualChat.Pipeline.Commands;

/// <summary>A recipe's blend from its data to its plan, and from there to its shards: what <c>blend</c> does, and <c>train</c> where the shards are missing.</summary>
internal sealed class RecipeBlend
{
    private readonly Recipe _recipe;
    private readonly SentencePieceTokenizer _tokenizer;
    private readonly string _fingerprint;
    private readonly TextWriter _error;

    private RecipeBlend(Recipe recipe, SentencePieceTokenizer tokenizer, string fingerprint, SourceCatalog catalog, BlendPlan plan, TextWriter error)
    {
        _recipe = recipe;
        _tokenizer = tokenizer;
        _fingerprint = fingerprint;
        Catalog = catalog;
        Plan = plan;
        _error = error;
    }

    /// <summary>The datasets' indexes.</summary>
    public SourceCatalog Catalog { get; }

    /// <summary>What goes with what.</summary>
    public BlendPlan Plan { get; }

    /// <summary>Indexes a recipe's data and plans its blend.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="loading">Its tokenizer; may still be loading.</param>
    /// <param name="data">The value of <c>--data</c>.</param>
    /// <param name="limit">Most samples; null: all.</param>
    /// <param name="error">Progress.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="InputException">The data is not there, or gives no sample.</exception>
    public static async Task<RecipeBlend> PlanAsync(
        Recipe recipe, Task<SentencePieceTokenizer> loading, string? data, int? limit, TextWriter error, CancellationToken cancellation)
    {
        IndexCache cache = IndexCache.OfUser();
        string root = DataRoot.Resolve(recipe, data, cache, error, cancellation);
        SourceCatalog catalog = await ProgressScreen.RunAsync(
            error, "Indexing", progress => SourceLoader.LoadAsync(recipe.Data, root, cache, new IndexBytes(progress), cancellation)).ConfigureAwait(false);
        SentencePieceTokenizer tokenizer = await loading.ConfigureAwait(false);
        string fingerprint = RecipeFingerprint.Of(recipe, tokenizer.Fingerprint);
        BlendPlan plan = BlendPlanner.Plan(catalog, recipe, fingerprint, limit);
        return plan.Shards.Count > 0
            ? new RecipeBlend(recipe, tokenizer, fingerprint, catalog, plan, error)
            : throw new InputException("The recipe gives no sample from this data. 'visualchat validate' lists what was left out.");
    }

    /// <summary>Makes the shards that are missing.</summary>
    /// <returns>The manifest; null after a partition.</returns>
    /// <inheritdoc cref="BlendRunner.RunAsync"/>
    public async Task<Manifest?> RunAsync(OutputFolder folder, BlendOptions options, CancellationToken cancellation)
    {
        var runner = new BlendRunner(Catalog, Plan, _recipe, _fingerprint, _tokenizer);
        return await ProgressScreen.RunAsync(
            _error, "Blending", progress => runner.RunAsync(folder, options, new BlendedSamples(progress), cancellation)).ConfigureAwait(false);
    }

    private sealed class BlendedSamples(IProgress<(long, long, string)> progress) : IProgress<BlendProgress>
    {
        public void Report(BlendProgress value) => progress.Report((
            value.SamplesDone, value.SamplesToDo, $"{value.SamplesDone:N0} of {value.SamplesToDo:N0} samples, {value.ShardsDone} of {value.ShardsInAll} shards"));
    }
}
