using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Threading.Channels;
using VisualChat.Pipeline.Blending.Preparing;
using VisualChat.Pipeline.Conversations;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Images;
using VisualChat.Pipeline.Planning;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Shards;
using VisualChat.Pipeline.Sources;
using VisualChat.Pipeline.Storage;
using VisualChat.Pipeline.Threading;
using VisualChat.Pipeline.Tokens;

namespace VisualChat.Pipeline.Blending;

/// <summary>
/// Makes a plan's shards: read → prepare images → render and tokenise → write, stages over bounded channels, the order restored before
/// the writer. A shard depends on nothing but the plan and the sources, so any number of workers makes the same bytes, and a run that
/// was interrupted goes on at the first shard missing. Per prepared image the floor is decoding, resizing and encoding it once; what
/// is added is, for each image of a row, a copy into the Parquet page and one out of it, the hash (2 GB/s) and a write, and for an image that is taken again
/// later a write and reads.
/// </summary>
public sealed class BlendRun(SourceCatalog catalog, BlendPlan plan, Recipe recipe, string recipeFingerprint, SentencePieceTokenizer tokenizer)
{
    /// <summary>Images after which samples are handed to the stages together: handing over takes as long as tokenising, and a batch of more would hold more images.</summary>
    private const int BatchImages = 4;

    /// <summary>Samples after which they are, images or not.</summary>
    private const int BatchSamples = 16;

    /// <summary>Makes the shards that are missing and, unless only a partition was asked for, the manifest.</summary>
    /// <returns>The manifest; null after a partition.</returns>
    /// <exception cref="InputException">The folder holds shards of another recipe or other data.</exception>
    /// <exception cref="WorkException">The folder cannot be written or another process has it.</exception>
    /// <exception cref="IOException">The storage failed; running again continues.</exception>
    public async Task<Manifest?> RunAsync(OutputFolder folder, BlendSettings options, IProgress<BlendProgress>? progress, CancellationToken cancellation)
    {
        string owner = options.Partition is { } share ? share.ToString() : "all";
        using IDisposable taken = folder.Take(owner);
        if (options.Fresh)
            folder.Clear();
        RefuseOtherPlans(folder);
        folder.WritePlanFingerprint(plan.Fingerprint);

        PlannedShard[] wanted = [.. plan.Shards.Where((_, number) => options.Partition?.Holds(number) ?? true)];
        var accounts = new Dictionary<string, ShardAccount>();
        foreach (PlannedShard shard in wanted)
        {
            if (FinishedAccount(folder, shard, cancellation) is { } account)
                accounts.Add(shard.Name, account);
        }

        PlannedShard[] missing = [.. wanted.Where(shard => !accounts.ContainsKey(shard.Name))];
        try
        {
            if (missing.Length > 0)
            {
                // The manifest says that all shards are there; it must not while one is made anew.
                File.Delete(folder.ManifestPath);
                await foreach (ShardAccount account in MakeAsync(folder, missing, owner, options.Workers, wanted.Length, progress, cancellation).ConfigureAwait(false))
                    accounts.Add(Path.GetFileNameWithoutExtension(account.Path), account);
            }

            return options.Partition is null ? Finish(folder, [.. plan.Shards.Select(shard => accounts[shard.Name])]) : null;
        }
        catch (Exception exception) when (IsStorageFailure(exception))
        {
            throw new WorkException(
                $"Blending into '{folder.Root}' stopped: {exception.Message} What is finished is kept: put it right and run the same command again.", exception);
        }
    }

    /// <summary>A file larger than the file system or the user's limit allows is reported by the framework as an argument out of range.</summary>
    private static bool IsStorageFailure(Exception exception) =>
        exception is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException { ParamName: "value" };

    private void RefuseOtherPlans(OutputFolder folder)
    {
        string? found = folder.ReadPlanFingerprint() ?? folder.ReadManifest()?.PlanFingerprint;
        if (found is null || found == plan.Fingerprint)
            return;
        string what = folder.ReadManifest() is { } manifest && manifest.RecipeFingerprint == recipeFingerprint
            ? "the same recipe over other data (files were added, removed or changed), or with another --limit"
            : "another recipe";
        throw new InputException($"'{folder.Root}' holds shards of {what}. Name another folder with --out, or throw them away with --fresh.");
    }

    /// <summary>The account of a shard that is there and whole; null if it has to be made.</summary>
    private ShardAccount? FinishedAccount(OutputFolder folder, PlannedShard shard, CancellationToken cancellation)
    {
        if (folder.ReadAccount(shard) is not { } account || account.Plan != plan.Fingerprint)
            return null;
        cancellation.ThrowIfCancellationRequested();
        using FileStream file = File.OpenRead(folder.ShardPath(shard));
        return file.Length == account.Bytes && Convert.ToHexStringLower(SHA256.HashData(file)) == account.Sha256 ? account : null;
    }

    private async IAsyncEnumerable<ShardAccount> MakeAsync(
        OutputFolder folder,
        PlannedShard[] shards,
        string owner,
        int workers,
        int shardsInAll,
        IProgress<BlendProgress>? progress,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using PreparedImages images = OpenImages(folder, shards, owner);
        var composer = new ConversationComposer(catalog, plan, recipe);
        var renderer = new SampleRenderer(catalog, plan, recipe, new RoundEncoder(tokenizer, recipe.Data.MaxTurnTokens), recipe.Images.VisualTokens);

        var planned = Channel.CreateBounded<int[]>(workers);
        _ = FeedAsync(planned.Writer, shards, linked.Token);
        ChannelReader<(RenderedSample Sample, IReadOnlyCollection<PreparedImage> Taken)[]> rendered = planned.Reader
            .Then(batch => Array.ConvertAll(batch, sample => (Sample: sample, Fetched: Fetch(images, sample), Parts: composer.Compose(sample))), workers, linked.Token)
            .Then(batch => Array.ConvertAll(batch, read => (read.Sample, read.Parts, Images: Prepare(images, read.Sample, read.Fetched, read.Parts))), workers, linked.Token)
            .Then(batch => Array.ConvertAll(batch, ready => (renderer.Render(ready.Sample, ready.Parts, ready.Images), (IReadOnlyCollection<PreparedImage>)ready.Images.Values)), workers, linked.Token);

        int toDo = shards.Sum(shard => shard.Samples.Length);
        int done = 0;
        int shardsDone = shardsInAll - shards.Length;
        ShardBuilder? gathered = null;
        Task<ShardAccount>? finishing = null;
        try
        {
            foreach (PlannedShard shard in shards)
            {
                gathered = new ShardBuilder(shard, folder.WorkPath($"{shard.Name}-{owner}.parquet"), new ShardTally(catalog, recipe.Images.VisualTokens));
                for (int place = 0; place < shard.Samples.Length;)
                {
                    foreach ((RenderedSample sample, IReadOnlyCollection<PreparedImage> taken) in await NextAsync().ConfigureAwait(false))
                    {
                        await gathered.AddAsync(sample, taken, linked.Token).ConfigureAwait(false);
                        place++;
                        progress?.Report(new BlendProgress(++done, toDo, shardsDone, shardsInAll));
                    }
                }

                // A shard is finished while the next is gathered, and before that one is: they appear in their order.
                if (finishing is not null)
                    yield return await FinishedAsync().ConfigureAwait(false);
                finishing = FinishAsync(gathered);
                gathered = null;
            }

            yield return await FinishedAsync().ConfigureAwait(false);
        }
        finally
        {
            await linked.CancelAsync().ConfigureAwait(false);
            if (finishing is not null)
                await ((Task)finishing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (gathered is not null)
                await gathered.DisposeAsync().ConfigureAwait(false);
        }

        // Waiting throws what failed in a stage as it is; reading would wrap it in an exception of the channel's.
        async ValueTask<(RenderedSample Sample, IReadOnlyCollection<PreparedImage> Taken)[]> NextAsync()
        {
            _ = await rendered.WaitToReadAsync(linked.Token).ConfigureAwait(false);
            return rendered.TryRead(out (RenderedSample, IReadOnlyCollection<PreparedImage>)[]? batch)
                ? batch
                : throw new UnreachableException("The stages ended before the last sample.");
        }

        // On another thread: the last group is encoded at once.
        Task<ShardAccount> FinishAsync(ShardBuilder shard) => Task.Run(async () =>
        {
            await using (shard.ConfigureAwait(false))
                return await shard.FinishAsync(folder, plan.Fingerprint, linked.Token).ConfigureAwait(false);
        });

        async Task<ShardAccount> FinishedAsync()
        {
            ShardAccount account = await finishing!.ConfigureAwait(false);
            progress?.Report(new BlendProgress(done, toDo, ++shardsDone, shardsInAll));
            return account;
        }
    }

    // No batch goes over a shard's end.
    private async Task FeedAsync(ChannelWriter<int[]> planned, PlannedShard[] shards, CancellationToken cancellation)
    {
        try
        {
            foreach (PlannedShard shard in shards)
            {
                int first = 0, images = 0;
                for (int place = 0; place < shard.Samples.Length; place++)
                {
                    foreach (PlannedPart part in plan.Samples.PartsOf(shard.Samples.Span[place]))
                        images += catalog.Datasets[part.Source].ImagesOf(part.Record).Length;
                    int samples = place + 1 - first;
                    if (images < BatchImages && samples < BatchSamples && place + 1 < shard.Samples.Length)
                        continue;
                    await planned.WriteAsync(shard.Samples.Slice(first, samples).ToArray(), cancellation).ConfigureAwait(false);
                    (first, images) = (place + 1, 0);
                }
            }

            planned.Complete();
        }
        catch (OperationCanceledException exception)
        {
            planned.Complete(exception);
        }
    }

    private PreparedImages OpenImages(OutputFolder folder, PlannedShard[] shards, string owner)
    {
        var preparer = new ImagePreparer(recipe.Images);
        var buffers = new PooledBuffers();
        if (recipe.Images.Store == ImageStore.Original)
            return new PreparedImages(catalog.Images, preparer, buffers, kept: null);
        int[] taken = [.. shards.SelectMany(shard => MemoryMarshal.ToEnumerable(shard.Samples)).SelectMany(ImagesNamedBy)];
        var kept = new KeptImages(new ImageUses(catalog.Images.Count, taken), folder.WorkPath($"prepared-images-{owner}"), buffers);
        return new PreparedImages(catalog.Images, preparer, buffers, kept);
    }

    private HashSet<int> ImagesNamedBy(int sample)
    {
        var images = new HashSet<int>();
        foreach (PlannedPart part in plan.Samples.PartsOf(sample))
        {
            foreach (int image in catalog.Datasets[part.Source].ImagesOf(part.Record))
                images.Add(image);
        }

        return images;
    }

    // Some time before the images are taken: what has to be read from the disk is there by then.
    private (int Image, Task<PooledBytes>? Fetched)[] Fetch(PreparedImages images, int sample) => [.. ImagesNamedBy(sample).Select(image => (image, images.Fetch(image)))];

    private Dictionary<int, PreparedImage> Prepare(PreparedImages images, int sample, (int Image, Task<PooledBytes>? Fetched)[] wanted, IReadOnlyList<ComposedPart> parts)
    {
        Dictionary<int, PreparedImage> prepared = [];
        foreach ((int image, Task<PooledBytes>? fetched) in wanted)
            prepared.Add(image, images.Take(image, fetched));
        foreach (int image in parts.SelectMany(part => part.Turns).SelectMany(turn => turn.Images))
        {
            if (!prepared.ContainsKey(image))
                throw new WorkException($"Sample {sample} shows '{catalog.Images.PathOf(image)}', which its record did not show when it was indexed. The annotation files changed while they were read; run again.");
        }

        return prepared;
    }

    private Manifest Finish(OutputFolder folder, ShardAccount[] accounts)
    {
        RefuseStrayShards(folder);
        IReadOnlyList<Reject> rejects = BlendAccounting.Rejects(catalog, plan, accounts);
        var manifest = new Manifest
        {
            FormatVersion = Manifest.CurrentFormatVersion,
            Name = recipe.Name,
            Seed = recipe.Seed,
            RecipeFingerprint = recipeFingerprint,
            PlanFingerprint = plan.Fingerprint,
            TokenizerSha256 = tokenizer.Fingerprint,
            BaseVocabularySize = tokenizer.VocabularySize,
            ImageTokens = recipe.Images.VisualTokens,
            ImageSize = recipe.Images.Size,
            Shards = [.. accounts.Select(account => new ManifestShard(account.Path, account.Rows, account.Bytes, account.Sha256))],
            Datasets = [.. plan.Entries.Select(entry =>
                new ManifestEntry(entry.Name, entry.TrainSamples + entry.ValidationSamples, Sum(accounts.Select(account => account.Entries), entry.Name)))],
            Sources = [.. catalog.Datasets.Select((source, index) =>
                new ManifestSource(source.Name, BlendAccounting.Count(catalog, plan, index, rejects), Sum(accounts.Select(account => account.Sources), source.Name)))],
            RoundsDropped = accounts.Sum(account => (long)account.RoundsDropped),
            StraddlingConversations = plan.StraddlingConversations,
        };
        folder.WriteRejects(rejects);
        folder.WriteText("recipe.yaml", recipe.ToYaml());
        folder.Copy(recipe.Tokenizer.FullPath, "tokenizer.model");
        folder.WriteText("README.md", DatasetCard.Write(manifest));
        folder.RemoveUnfinished();
        folder.WriteManifest(manifest);
        return manifest;
    }

    /// <summary>A reader takes every Parquet file it finds in <c>data</c>: one that is not of this plan would be trained on.</summary>
    private void RefuseStrayShards(OutputFolder folder)
    {
        HashSet<string> planned = [.. plan.Shards.Select(folder.ShardPath)];
        foreach (string file in Directory.EnumerateFiles(Path.Combine(folder.Root, "data"), "*.parquet"))
        {
            if (!planned.Contains(file))
                throw new InputException($"'{file}' is no shard of this blend. Move it away, or blend again with --fresh.");
        }
    }

    private static SampleCounts Sum(IEnumerable<SortedDictionary<string, SampleCounts>> counts, string name)
    {
        var sum = new SampleCounts();
        foreach (SortedDictionary<string, SampleCounts> part in counts)
        {
            if (part.TryGetValue(name, out SampleCounts? found))
                sum.Add(found);
        }

        return sum;
    }
}
