using VisualChat.Pipeline.Planning;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Blending;

/// <summary>
/// Parts the planned samples into batches, which go through the stages together. Handing an item
/// from stage to stage takes as long as tokenising a sample; a larger batch would hold more images.
/// </summary>
internal static class SampleBatches
{
    /// <summary>A batch is closed once it names this many images,</summary>
    private const int Images = 4;

    /// <summary>or has this many samples.</summary>
    private const int Samples = 16;

    /// <summary>
    /// The samples of the shards in their order. No batch crosses the end of a shard.
    /// </summary>
    public static IEnumerable<int[]> Of(IEnumerable<PlannedShard> shards, SampleTable samples, SourceCatalog catalog)
    {
        foreach (PlannedShard shard in shards)
        {
            int first = 0;
            int images = 0;
            for (int place = 0; place < shard.Samples.Length; place++)
            {
                images += ImagesNamedBy(shard.Samples.Span[place]);
                int count = place + 1 - first;
                if (images < Images && count < Samples && place + 1 < shard.Samples.Length)
                    continue;
                yield return shard.Samples.Slice(first, count).ToArray();
                (first, images) = (place + 1, 0);
            }
        }

        int ImagesNamedBy(int sample)
        {
            int images = 0;
            foreach (PlannedPart part in samples.PartsOf(sample))
                images += catalog.Datasets[part.Dataset].ImagesOf(part.Record).Length;
            return images;
        }
    }
}
