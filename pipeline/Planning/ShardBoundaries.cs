using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Planning;

/// <summary>
/// Cuts a split's shuffled samples into shards of about the recipe's size, by the samples' expected
/// size.
/// </summary>
internal static class ShardBoundaries
{
    /// <summary>Text, ids and labels of one record, compressed; from the real nine sets.</summary>
    private const int TextBytesPerRecord = 1_500;

    /// <summary>
    /// The shards of one split; none if it has no samples. Sizes differ by about one sample.
    /// </summary>
    public static IEnumerable<PlannedShard> Cut(
        Split split, int[] ordered, SampleTable samples, SourceCatalog catalog, Recipe recipe)
    {
        if (ordered.Length == 0)
            yield break;
        long[] ends = ExpectedEnds(ordered, samples, catalog, recipe.Images);
        long total = ends[^1];
        long targetBytes = recipe.Shards.TargetMb * 1_000_000L;
        int count = (int)Math.Clamp((total + targetBytes - 1) / targetBytes, 1, ordered.Length);
        int start = 0;
        for (int shard = 0; shard < count; shard++)
        {
            // Every shard has at least one sample, and leaves one for each shard after it.
            int shardsAfter = count - shard - 1;
            long shardEnd = (long)((Int128)total * (shard + 1) / count);
            int end = shardsAfter == 0
                ? ordered.Length
                : Math.Clamp(SamplesWithin(ends, shardEnd), start + 1, ordered.Length - shardsAfter);
            yield return new PlannedShard(split, shard, count, ordered.AsMemory(start..end));
            start = end;
        }
    }

    /// <summary>[samples] Bytes expected up to and including each sample.</summary>
    private static long[] ExpectedEnds(
        int[] ordered, SampleTable samples, SourceCatalog catalog, ImageSettings settings)
    {
        var ends = new long[ordered.Length];
        long total = 0;
        for (int place = 0; place < ordered.Length; place++)
        {
            ReadOnlySpan<PlannedPart> parts = samples.PartsOf(ordered[place]);
            total += (long)parts.Length * TextBytesPerRecord;
            foreach (int image in SampleImages.Of(parts, catalog))
                total += ExpectedImageBytes(settings, catalog.Images, image);
            ends[place] = total;
        }

        return ends;
    }

    /// <summary>How many samples end at or before a byte.</summary>
    private static int SamplesWithin(long[] ends, long end)
    {
        int place = Array.BinarySearch(ends, end);
        return place >= 0 ? place + 1 : ~place;
    }

    /// <summary>
    /// Bytes an image is expected to take in a shard. Bits per pixel of each encoding come from
    /// docs/decisions/0002.
    /// </summary>
    private static long ExpectedImageBytes(ImageSettings settings, IImageTable images, int image)
    {
        if (settings.Store == ImageStore.Original)
            return images.LengthOf(image);
        long pixels = (long)settings.Size * settings.Size;
        return settings.Encoding switch
        {
            ImageEncoding.Ppm => pixels * 3,
            ImageEncoding.Png => pixels * 26 / 10,
            ImageEncoding.Webp => pixels * 13 / 10,
            _ => pixels * 6 / 10,
        };
    }
}
