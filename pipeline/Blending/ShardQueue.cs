using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using VisualChat.Pipeline.Conversations;
using VisualChat.Pipeline.Planning;
using VisualChat.Pipeline.Shards;

namespace VisualChat.Pipeline.Blending;

/// <summary>
/// Gathers rendered samples into shards. One shard is finished (its last group encoded, hashed and
/// written) while the next is gathered; they appear in their order.
/// </summary>
/// <param name="blend">The blend.</param>
/// <param name="folder">Where the shards appear.</param>
/// <param name="shards">The shards to make.</param>
/// <param name="owner">Names the unfinished files, so that partitions do not share them.</param>
/// <param name="shardsInAll">
/// Shards of the plan or the partition, those found finished included.
/// </param>
/// <param name="progress">Told of each sample and shard.</param>
internal sealed class ShardQueue(
    RecipeBlend blend,
    OutputFolder folder,
    PlannedShard[] shards,
    string owner,
    int shardsInAll,
    IProgress<BlendProgress>? progress)
{
    private readonly int _samplesInAll = shards.Sum(shard => shard.Samples.Length);
    private int _samplesDone;
    private int _shardsDone = shardsInAll - shards.Length;

    /// <summary>Writes every shard.</summary>
    /// <param name="rendered">
    /// The shards' samples, in order; no batch crosses the end of a shard.
    /// </param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>Each shard's account, once the shard has its name.</returns>
    /// <exception cref="IOException">The storage failed.</exception>
    public async IAsyncEnumerable<ShardAccount> WriteAsync(
        ChannelReader<RenderedSample[]> rendered, [EnumeratorCancellation] CancellationToken cancellation)
    {
        ShardBuilder? gathered = null;
        Task<ShardAccount>? finishing = null;
        try
        {
            foreach (PlannedShard shard in shards)
            {
                gathered = Begin(shard);
                await GatherAsync(gathered, shard.Samples.Length, rendered, cancellation);
                if (finishing is not null)
                    yield return await FinishedAsync(finishing);
                finishing = FinishAsync(gathered, cancellation);
                gathered = null;
            }

            if (finishing is not null)
                yield return await FinishedAsync(finishing);
        }
        finally
        {
            // What the last shard failed with was thrown where it was awaited.
            if (finishing is not null)
                await Task.WhenAny(finishing);
            if (gathered is not null)
                await gathered.DisposeAsync();
        }
    }

    private ShardBuilder Begin(PlannedShard shard)
    {
        var tally = new ShardTally(blend.Catalog, blend.Recipe.Images.VisualTokens);
        return new ShardBuilder(shard, folder.WorkPath($"{shard.Name}-{owner}.parquet"), tally);
    }

    private async Task GatherAsync(
        ShardBuilder shard, int samples, ChannelReader<RenderedSample[]> rendered, CancellationToken cancellation)
    {
        for (int place = 0; place < samples;)
        {
            foreach (RenderedSample sample in await NextAsync(rendered, cancellation))
            {
                await shard.AddAsync(sample, cancellation);
                place++;
                _samplesDone++;
                Report();
            }
        }
    }

    // Waiting throws what failed in a stage as it is; reading would wrap it in an exception of the
    // channel.
    private static async ValueTask<RenderedSample[]> NextAsync(
        ChannelReader<RenderedSample[]> rendered, CancellationToken cancellation)
    {
        await rendered.WaitToReadAsync(cancellation);
        return rendered.TryRead(out RenderedSample[]? batch)
            ? batch
            : throw new UnreachableException("The stages ended before the last sample.");
    }

    // On another thread: encoding the last group starts at once.
    private Task<ShardAccount> FinishAsync(ShardBuilder shard, CancellationToken cancellation) => Task.Run(async () =>
    {
        await using (shard)
            return await shard.FinishAsync(folder, blend.Plan.Fingerprint, cancellation);
    });

    private async Task<ShardAccount> FinishedAsync(Task<ShardAccount> finishing)
    {
        ShardAccount account = await finishing;
        _shardsDone++;
        Report();
        return account;
    }

    private void Report() =>
        progress?.Report(new BlendProgress(_samplesDone, _samplesInAll, _shardsDone, shardsInAll));
}
