using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Features;
using VisualChat.Pipeline.Shards;

namespace VisualChat.Pipeline.DataLoading;

/// <summary>The images of all splits of shards, in the order of the files.</summary>
internal sealed class ShardImages
{
    private readonly RowGroups _groups;

    private ShardImages(RowGroups groups) => _groups = groups;

    private IEnumerable<RowPlace[]> Windows => EpochOrder.OfFiles(_groups.RowCounts).WindowsFrom(0);

    /// <summary>Reads the files' footers.</summary>
    /// <exception cref="WorkException">A file is damaged.</exception>
    public static async Task<ShardImages> OpenAsync(TrainingShards shards, CancellationToken cancellation)
    {
        IReadOnlyList<string> files = [.. shards.FilesOf(ShardSet.Train), .. shards.FilesOf(ShardSet.Validation)];
        return new ShardImages(await RowGroups.OpenAsync(files, cancellation));
    }

    /// <summary>Counts images, and finds those that are not there.</summary>
    /// <remarks>
    /// Cost: reads and hashes every image, a row group a core: 2 GB/s each if the storage keeps up.
    /// Memory: a row group a core, and 60 bytes for each distinct image.
    /// </remarks>
    /// <param name="isThere">Whether an image is there; called from several threads.</param>
    /// <param name="progress">Told row groups done, and all; called from several threads.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="WorkException">A shard cannot be read.</exception>
    public async Task<ImageCensus> CountAsync(
        Func<ImageKey, bool> isThere, Action<int, int> progress, CancellationToken cancellation)
    {
        var distinct = new ConcurrentDictionary<ImageKey, bool>();
        (int Group, string Name)? first = null;
        var noting = new Lock();
        long shown = 0;
        int done = 0;
        await Parallel.ForEachAsync(Windows, cancellation, async (window, stop) =>
        {
            foreach (LoadedRow? row in await _groups.ReadAsync(window, stop))
            {
                foreach (ShownImage image in ImagesOf(row!))
                {
                    _ = Interlocked.Increment(ref shown);
                    if (distinct.TryAdd(image.Key, isThere(image.Key)) && !distinct[image.Key])
                        Note(image, window[0].Group);
                }
            }

            progress(Interlocked.Increment(ref done), _groups.RowCounts.Count);
        });
        HashSet<ImageKey> missing = [.. distinct.Where(image => !image.Value).Select(image => image.Key)];
        return new ImageCensus(shown, distinct.Count, missing, first?.Name);

        void Note(ShownImage image, int group)
        {
            lock (noting)
            {
                if (first is null || group < first.Value.Group)
                    first = (group, image.From.NameOf(image.Index));
            }
        }
    }

    /// <summary>Every image; one row group is in memory at a time.</summary>
    /// <exception cref="WorkException">A shard cannot be read.</exception>
    public async IAsyncEnumerable<ShownImage> ReadAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (RowPlace[] window in Windows)
        {
            foreach (LoadedRow? row in await _groups.ReadAsync(window, cancellation))
            {
                foreach (ShownImage image in ImagesOf(row!))
                    yield return image;
            }
        }
    }

    private static IEnumerable<ShownImage> ImagesOf(LoadedRow row) => row.Row.Images
        .Select((image, index) => new ShownImage(ImageKey.Of(image.Bytes.Span), row, index));
}
