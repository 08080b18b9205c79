using VisualChat.Pipeline.Blending;
using VisualChat.Pipeline.DataLoading;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Shards;
using VisualChat.Pipeline.Sources;
using VisualChat.Pipeline.Storage;
using VisualChat.Pipeline.Terminal.Screens;
using VisualChat.Pipeline.Tokens;

namespace VisualChat.Pipeline.Commands;

/// <summary>
/// A recipe's shards for training: blended if they are missing, then checked to be whole.
/// </summary>
internal sealed record BlendedShards
{
    public required Recipe Recipe { get; init; }

    public required SentencePieceTokenizer Tokenizer { get; init; }

    /// <summary>Where they are, or will be.</summary>
    public required string Folder { get; init; }

    /// <summary>Whether shards of another recipe are thrown away.</summary>
    public required bool MayReplace { get; init; }

    /// <summary>The data root; null: the recipe's sample world.</summary>
    public required string? Data { get; init; }

    /// <summary>Folders that links among the images may lead to besides.</summary>
    public required IReadOnlyList<string> LinksMayLeadTo { get; init; }

    /// <summary>Where indexes and sample worlds are kept.</summary>
    public required IndexCache Cache { get; init; }

    /// <summary>Remembers which files were read and checked before.</summary>
    public required FileHashes Hashes { get; init; }

    /// <summary>Blends what is missing and opens the shards.</summary>
    /// <exception cref="Errors.InputException">They are of another recipe.</exception>
    /// <exception cref="Errors.WorkException">A shard is damaged.</exception>
    public async Task<TrainingShards> OpenAsync(TextWriter notes, CancellationToken cancellation)
    {
        var output = new OutputFolder(Folder);
        string fingerprint = RecipeFingerprint.Of(Recipe, Tokenizer.Fingerprint);
        if (output.ReadManifest() is not { } found || (MayReplace && found.RecipeFingerprint != fingerprint))
            await BlendAsync(output, notes, cancellation);

        var shards = TrainingShards.Open(Folder, Recipe, Tokenizer);
        return await ProgressScreen.CheckingShardsAsync(notes, async progress =>
        {
            await shards.VerifyAsync(split: null, Hashes, progress, cancellation);
            return shards;
        });
    }

    private async Task BlendAsync(OutputFolder output, TextWriter notes, CancellationToken cancellation)
    {
        using DataRoot root = DataRoot.Resolve(Recipe, Data, Cache, notes, cancellation);
        RecipeBlend blend = await ProgressScreen.IndexingAsync(notes, progress => RecipeBlend.PlanAsync(
            Recipe,
            root.Folder,
            LinksMayLeadTo,
            Task.FromResult(Tokenizer),
            limit: null,
            Cache,
            progress,
            cancellation));
        var settings = new BlendSettings { Workers = Environment.ProcessorCount, Fresh = MayReplace };
        FinishedBlend? finished = await ProgressScreen.BlendingAsync(
            notes, progress => blend.RunAsync(output, settings, progress, cancellation));
        await notes.WriteLineAsync(
            $"Blended {finished!.Samples:N0} samples in {finished.Manifest.Shards.Count} shards: {output.Root}");
        BlendScreen.WriteWarnings(finished, blend.Catalog, notes);
    }
}
