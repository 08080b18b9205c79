using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading.Channels;
using VisualChat.Model.Files;
using VisualChat.Pipeline.Blending.Preparing;
using VisualChat.Pipeline.Conversations;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Images;
using VisualChat.Pipeline.Planning;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Shards;
using VisualChat.Pipeline.Storage;
using VisualChat.Pipeline.Threading;

namespace VisualChat.Pipeline.Blending;

/// <summary>
/// Makes a plan's shards. A shard depends on nothing but the plan and the data, so any number of
/// workers makes the same bytes, and an interrupted run continues with the first shard that is
/// missing.
/// </summary>
/// <remarks>
/// Lower bound, for each prepared image: decode, resize and encode it once. Added to that, for each
/// image of a row: a copy into the Parquet page and one out of it, the hash (2 GB/s) and a write;
/// and a write and a read for an image that a later sample shows again.
/// </remarks>
internal sealed class BlendRun(RecipeBlend blend)
{
    /// <summary>
    /// Makes the shards that are missing and, unless only a partition was asked for, the manifest.
    /// </summary>
    /// <returns>What was made; null after a partition.</returns>
    /// <exception cref="InputException">
    /// The folder holds shards of another recipe or other data, or nothing is left to train on.
    /// </exception>
    /// <exception cref="WorkException">
    /// The folder cannot be written, or another process works in it.
    /// </exception>
    /// <exception cref="IOException">The storage failed; running again continues.</exception>
    public async Task<FinishedBlend?> RunAsync(
        OutputFolder folder,
        BlendSettings settings,
        IProgress<BlendProgress>? progress,
        CancellationToken cancellation)
    {
        string owner = settings.Partition is { } share ? share.ToString() : "all";
        using IDisposable taken = folder.Take(owner);
        if (settings.Fresh)
            folder.Clear();
        RefuseOtherPlans(folder);
        if (NothingLeft.IsIn(blend.Plan))
            throw NothingLeft.Of(blend, folder, []);
        folder.WritePlanFingerprint(blend.Plan.Fingerprint);

        PlannedShard[] wanted =
        [
            .. blend.Plan.Shards.Where((_, number) => settings.Partition?.Holds(number) ?? true),
        ];
        Dictionary<string, ShardAccount> accounts = FinishedAccounts(folder, wanted, settings.Hashes, cancellation);
        PlannedShard[] missing = [.. wanted.Where(shard => !accounts.ContainsKey(shard.Name))];
        try
        {
            if (missing.Length > 0)
            {
                // The manifest says that all shards are there. It must not while one is missing.
                File.Delete(folder.ManifestPath);
                using PreparedImages images = OpenImages(folder, missing, owner);
                var queue = new ShardQueue(blend, folder, missing, owner, wanted.Length, progress);
                int workers = settings.Workers;
                await foreach (ShardAccount account in MakeAsync(missing, images, queue, workers, cancellation))
                    accounts.Add(Path.GetFileNameWithoutExtension(account.Path), account);
            }

            return settings.Partition is null
                ? Finish(folder, [.. blend.Plan.Shards.Select(shard => accounts[shard.Name])])
                : null;
        }
        catch (Exception exception) when (StorageFailure.Is(exception))
        {
            throw new WorkException(
                $"Blending into '{folder.Root}' stopped: {exception.Message} "
                + "What is finished is kept: put it right and run the same command again.",
                exception);
        }
    }

    /// <summary>
    /// planned → composed → prepared → rendered → shards, over bounded channels, in order.
    /// </summary>
    private async IAsyncEnumerable<ShardAccount> MakeAsync(
        PlannedShard[] shards,
        PreparedImages images,
        ShardQueue queue,
        int workers,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        CancellationToken stopping = linked.Token;
        var stages = new SampleStages(blend, images);

        ChannelReader<int[]> planned = SampleBatches.Of(shards, blend.Plan.Samples, blend.Catalog)
            .ToChannel(workers, stopping);
        ChannelReader<ComposedSample[]> composed = planned.Then(stages.Compose, workers, stopping);
        ChannelReader<PreparedSample[]> prepared = composed.Then(stages.PrepareImages, workers, stopping);
        ChannelReader<RenderedSample[]> rendered = prepared.Then(stages.Render, workers, stopping);
        try
        {
            await foreach (ShardAccount account in queue.WriteAsync(rendered, stopping))
                yield return account;
        }
        finally
        {
            await linked.CancelAsync();
        }
    }

    private FinishedBlend Finish(OutputFolder folder, ShardAccount[] accounts)
    {
        int trainSamples = blend.Plan.Shards
            .Zip(accounts, (shard, account) => shard.Split == Split.Train ? account.Rows : 0)
            .Sum();
        return trainSamples > 0
            ? ManifestWriter.Write(blend, folder, accounts)
            : throw NothingLeft.Of(blend, folder, accounts);
    }

    private PreparedImages OpenImages(OutputFolder folder, PlannedShard[] shards, string owner)
    {
        var preparer = new ImagePreparer(blend.Recipe.Images);
        var buffers = new PooledBuffers();
        if (blend.Recipe.Images.Store == ImageStore.Original)
            return new PreparedImages(blend.Catalog.Images, preparer, buffers, kept: null);
        int[] taken =
        [
            .. shards
                .SelectMany(shard => MemoryMarshal.ToEnumerable(shard.Samples))
                .SelectMany(sample => SampleImages.NamedBy(blend.Plan.Samples.PartsOf(sample), blend.Catalog)),
        ];
        var uses = new ImageUses(blend.Catalog.Images.Count, taken);
        var kept = new KeptImages(uses, folder.WorkPath($"prepared-images-{owner}"), buffers);
        return new PreparedImages(blend.Catalog.Images, preparer, buffers, kept);
    }

    private void RefuseOtherPlans(OutputFolder folder)
    {
        string? found = folder.ReadPlanFingerprint() ?? folder.ReadManifest()?.PlanFingerprint;
        if (found is null || found == blend.Plan.Fingerprint)
            return;
        bool isSameRecipe = folder.ReadManifest() is { } manifest
            && manifest.RecipeFingerprint == blend.RecipeFingerprint;
        string what = isSameRecipe
            ? "the same recipe over other data (files were added, removed or changed), or with another --limit"
            : "another recipe";
        throw new InputException(
            $"'{folder.Root}' holds shards of {what}. "
            + "Name another folder with --out, or throw them away with --fresh.");
    }

    private Dictionary<string, ShardAccount> FinishedAccounts(
        OutputFolder folder, PlannedShard[] wanted, FileHashes hashes, CancellationToken cancellation)
    {
        var accounts = new Dictionary<string, ShardAccount>();
        foreach (PlannedShard shard in wanted)
        {
            cancellation.ThrowIfCancellationRequested();
            if (FinishedAccount(folder, shard, hashes) is { } account)
                accounts.Add(shard.Name, account);
        }

        return accounts;
    }

    /// <summary>
    /// The account of a shard that is there and whole; null if it has to be made.
    /// </summary>
    private ShardAccount? FinishedAccount(OutputFolder folder, PlannedShard shard, FileHashes hashes)
    {
        if (folder.ReadAccount(shard) is not { } account || account.Plan != blend.Plan.Fingerprint)
            return null;
        string path = folder.ShardPath(shard);
        return FileIdentity.Of(path).Bytes == account.Bytes && hashes.OfFile(path) == account.Sha256 ? account : null;
    }
}
