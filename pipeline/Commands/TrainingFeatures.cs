using VisualChat.Model;
using VisualChat.Pipeline.Conversations;
using VisualChat.Pipeline.DataLoading;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Features;
using VisualChat.Pipeline.Terminal.Screens;
using VisualChat.Pipeline.Training;

namespace VisualChat.Pipeline.Commands;

/// <summary>What a training's <c>training.features</c> asks for, made or found.</summary>
internal static class TrainingFeatures
{
    /// <summary>
    /// The features that the recipe asks for, of every image of the shards: encoded now if they are
    /// the training's own. Null: it asks for none.
    /// </summary>
    /// <param name="job">The training.</param>
    /// <param name="shared">
    /// Where trainings of one comparison keep what is the same for all of them; null: this is no
    /// comparison.
    /// </param>
    /// <param name="console">Told what is encoded.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="InputException">
    /// They are other ones, or lack images: each difference is named, or one image.
    /// </exception>
    /// <exception cref="WorkException">A file is damaged, or cannot be written.</exception>
    public static async Task<FeatureFolder?> OfAsync(
        TrainingJob job, string? shared, CommandConsole console, CancellationToken cancellation)
    {
        if (job.Recipe.Training?.Features is not { } source)
            return null;
        var special = new SpecialTokens(job.Tokenizer.VocabularySize);
        ModelDescription description = ModelDescriptions.Of(job.Recipe, special, job.Device);
        FeatureKind kind = FeatureKinds.Of(job.Recipe, description, job.Hashes);
        string plan = job.Shards.Manifest.PlanFingerprint;
        if (source.Folder is { } named)
        {
            var given = FeatureFolder.Open(named.FullPath, kind, description.FeatureBytes);
            if (!given.HasBlend(plan))
                await RequireImagesAsync(given, job.Shards, console, cancellation);
            return given;
        }

        string root = shared is not null && FeatureFolder.MayHold(shared, kind) ? shared : job.Folder.Features;
        if (FeatureFolder.Exists(root))
        {
            var kept = FeatureFolder.Open(root, kind, description.FeatureBytes);
            if (kept.HasBlend(plan))
                return kept;
        }

        _ = await EncodeCommand.EncodeAsync(
            root, job.Recipe, description, job.Shards, job.Hashes, console, cancellation);
        return FeatureFolder.Open(root, kind, description.FeatureBytes);
    }

    private static async Task RequireImagesAsync(
        FeatureFolder features, TrainingShards shards, CommandConsole console, CancellationToken cancellation)
    {
        ImageCensus census = await ProgressScreen.RunAsync(console.Error, "Looking for features", async progress =>
        {
            ShardImages images = await ShardImages.OpenAsync(shards, cancellation);
            return await images.CountAsync(
                features.Contains,
                (done, all) => progress.Report(new WorkProgress(done, all, $"{done:N0} of {all:N0} row groups")),
                cancellation);
        });
        if (census.FirstMissing is { } first)
        {
            throw new InputException(
                $"The features in '{features.Root}' lack {census.Missing.Count:N0} of the shards' "
                + $"{census.Distinct:N0} images, such as {first}. Run 'visualchat encode' with these shards and that "
                + "folder: it encodes what is missing.");
        }
    }
}
