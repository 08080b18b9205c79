using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Shards;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Blending;

/// <summary>
/// Ends a blend whose shards are all there: rejects, recipe, tokenizer, dataset card, and last the
/// manifest, whose presence says that the blend is complete.
/// </summary>
internal static class ManifestWriter
{
    /// <summary>Writes them.</summary>
    /// <param name="blend">The blend.</param>
    /// <param name="folder">The folder of the shards.</param>
    /// <param name="accounts">Each shard's account, in the plan's order.</param>
    /// <exception cref="InputException">
    /// The folder holds a Parquet file that is not of this blend.
    /// </exception>
    /// <exception cref="IOException">The storage failed.</exception>
    public static FinishedBlend Write(RecipeBlend blend, OutputFolder folder, ShardAccount[] accounts)
    {
        RefuseStrayShards(blend, folder);
        IReadOnlyList<Reject> rejects = BlendAccounting.Rejects(blend.Catalog, blend.Plan, accounts);
        Manifest manifest = ManifestOf(blend, accounts, rejects);
        folder.WriteRejects(rejects);
        folder.WriteText("recipe.yaml", blend.Recipe.ToYaml());
        folder.CopyTokenizer(blend.Recipe.Tokenizer.FullPath, "tokenizer.model");
        folder.WriteText("README.md", DatasetCard.Write(manifest));
        folder.RemoveUnfinished();
        folder.WriteManifest(manifest);
        return new FinishedBlend(manifest, rejects);
    }

    private static Manifest ManifestOf(
        RecipeBlend blend, ShardAccount[] accounts, IReadOnlyList<Reject> rejects)
    {
        return new Manifest
        {
            FormatVersion = Manifest.CurrentFormatVersion,
            Name = blend.Recipe.Name,
            Seed = blend.Recipe.Seed,
            RecipeFingerprint = blend.RecipeFingerprint,
            PlanFingerprint = blend.Plan.Fingerprint,
            TokenizerSha256 = blend.Tokenizer.Fingerprint,
            BaseVocabularySize = blend.Tokenizer.VocabularySize,
            ImageTokens = blend.Recipe.Images.VisualTokens,
            ImageSize = blend.Recipe.Images.Size,
            Shards =
            [
                .. accounts.Select(account =>
                    new ManifestShard(account.Path, account.Rows, account.Bytes, account.Sha256)),
            ],
            Datasets =
            [
                .. blend.Plan.Entries.Select(entry => new ManifestEntry(
                    entry.Name,
                    entry.TrainSamples + entry.ValidationSamples,
                    SampleCounts.Sum(accounts.Select(account => account.Entries), entry.Name))),
            ],
            Sources =
            [
                .. blend.Catalog.Datasets.Select((dataset, index) => new ManifestSource(
                    dataset.Name,
                    BlendAccounting.Count(blend.Catalog, blend.Plan, index, rejects),
                    SampleCounts.Sum(accounts.Select(account => account.Sources), dataset.Name))),
            ],
            RoundsDropped = accounts.Sum(account => (long)account.RoundsDropped),
            AnswersCut = accounts.Sum(account => (long)account.AnswersCut),
            StraddlingConversations = blend.Plan.StraddlingConversations,
        };
    }

    /// <summary>
    /// A reader takes every Parquet file it finds in <c>data</c>: one that is not of this plan
    /// would be trained on.
    /// </summary>
    private static void RefuseStrayShards(RecipeBlend blend, OutputFolder folder)
    {
        HashSet<string> planned = [.. blend.Plan.Shards.Select(folder.ShardPath)];
        foreach (string file in Directory.EnumerateFiles(Path.Combine(folder.Root, "data"), "*.parquet"))
        {
            if (!planned.Contains(file))
            {
                throw new InputException(
                    $"'{file}' is no shard of this blend. Move it away, or blend again with --fresh.");
            }
        }
    }
}
