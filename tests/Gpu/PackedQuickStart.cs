using System.Threading.Channels;
using VisualChat.Model;
using VisualChat.Pipeline.Conversations;
using VisualChat.Pipeline.DataLoading;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Shards;
using VisualChat.Pipeline.Sources;
using VisualChat.Pipeline.Tokens;
using VisualChat.Pipeline.Training;

namespace VisualChat.Gpu;

/// <summary>
/// The quick start as <c>pack.sh</c> packs it: its recipe, its towers, and shards that were blended
/// there.
/// </summary>
internal sealed class PackedQuickStart
{
    private readonly Recipe _recipe;
    private readonly TrainingShards _shards;
    private readonly (int Batch, IMicroBatchCut Cut) _sizes;

    private PackedQuickStart(
        Recipe recipe, SentencePieceTokenizer tokenizer, TrainingShards shards, bool isSmall)
    {
        _sizes = isSmall
            ? (2, new SampleCut(1))
            : (recipe.Training!.Batch, new SampleCut(recipe.Training.MicroBatch!.Value));
        _recipe = recipe;
        _shards = shards;
        Description = ModelDescriptions.Of(recipe, new SpecialTokens(tokenizer.VocabularySize), "cpu");
    }

    /// <summary>The recipe's model, on the CPU.</summary>
    public ModelDescription Description { get; }

    public static PackedQuickStart Open(RunOptions options)
    {
        string recipePath = Path.Combine(options.Packed, "recipes", "quickstart.yaml");
        string samples = File.ReadAllText(Path.Combine(options.Packed, "samples.txt")).Trim();
        var recipe = RecipeReader.Read(recipePath, [$"data.sample_world.samples={samples}"], SourceRegistry.Names);
        var tokenizer = SentencePieceTokenizer.Load(recipe.Tokenizer.FullPath);
        string shards = Path.Combine(options.Packed, "shards");
        var opened = TrainingShards.Open(shards, recipe, tokenizer);
        return new PackedQuickStart(recipe, tokenizer, opened, options.IsSmall);
    }

    /// <summary>
    /// The first updates that a training would take; those of a rehearsal have fewer samples.
    /// </summary>
    public IReadOnlyList<MicroBatch[]> TakeUpdates(int count)
    {
        var settings = new DataLoaderSettings
        {
            Batch = _sizes.Batch,
            Cut = _sizes.Cut,
            Frame = _recipe.Images.Frame,
            Seed = _recipe.Seed,
        };
        var loader = ShardDataLoader.OpenAsync(_shards, ShardSet.Train, settings, default).GetAwaiter().GetResult();
        using var loading = new CancellationTokenSource();
        ChannelReader<LoadedUpdate> updates = loader.Start(LoaderPosition.Start, epochs: 1, loading.Token);
        List<MicroBatch[]> taken = [];
        while (taken.Count < count && LoadedUpdates.TryTake(updates, out LoadedUpdate? update))
            taken.Add([.. update.MicroBatches.Select(batch => batch.ForModel)]);
        loading.Cancel();
        return taken;
    }
}
