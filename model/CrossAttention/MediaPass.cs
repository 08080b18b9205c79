using VisualChat.Model.Attention;
using static TorchSharp.torch;

namespace VisualChat.Model.CrossAttention;

// R rows, I and S visual tokens, T rows of a sample, N heads, D head dim, W = N · D.

/// <summary>What the gated layers of one pass share.</summary>
/// <remarks>
/// All rows between two images look at the same visual tokens: a block without a mask. Rows before
/// the first image look at nothing, and their result is zero; the original spreads them over all
/// images to come, where it lets rows look at more than the image before them.
/// </remarks>
/// <param name="layout">Which rows look at which visual tokens.</param>
/// <param name="padded">Attention over padded samples; null where blocks are computed.</param>
/// <param name="cachedRows">Visual tokens in the cache before those of the one sample.</param>
internal sealed class MediaPass(MediaLayout layout, PaddedMediaAttention? padded, long cachedRows)
{
    private static readonly SampleLayout OneRow = SampleLayout.Of([Run.Text(1)]);

    /// <summary>Visual tokens in the cache before the new ones.</summary>
    public long CachedRows => cachedRows;

    /// <summary>Whether any row looks at an image.</summary>
    public bool SeesImages { get; } = cachedRows + layout.Rows > 0;

    /// <summary>What a layer that is computed again needs.</summary>
    public IEnumerable<Tensor> Tensors => padded?.Tensors ?? [];

    /// <summary>The pass of one text row that continues.</summary>
    public static MediaPass OfOneRow(int tokensOfImage, SeenImages images, long cachedRows) =>
        new(new MediaLayout([OneRow], tokensOfImage, images), padded: null, cachedRows);

    /// <summary>What each row sees of its batch's visual tokens.</summary>
    /// <param name="query_RND">The rows' queries.</param>
    /// <param name="keyValue_IMD">Keys, then values: M = 2 · N.</param>
    /// <returns>[R, W]</returns>
    public Tensor Attend(Tensor query_RND, Tensor keyValue_IMD)
    {
        if (padded is not null)
            return padded.Attend(query_RND, keyValue_IMD);
        List<Tensor> parts = [];
        Tensor[] keyValue = keyValue_IMD.split(query_RND.shape[1], 1);
        long row = 0, media = 0;
        foreach (SampleLayout sample in layout.Samples)
        {
            Attend(
                parts,
                BlockAttention.SplitHeads(query_RND, row, sample.TextRows),
                BlockAttention.SplitHeads(keyValue[0], media, sample.ImageRows),
                BlockAttention.SplitHeads(keyValue[1], media, sample.ImageRows),
                sample);
            row += sample.TextRows;
            media += sample.ImageRows;
        }

        return Joined(parts);
    }

    /// <summary>The same of one sample that continues, whose cache has all visual tokens.</summary>
    public Tensor Attend(Tensor query_RND, CachedRows cache)
    {
        List<Tensor> parts = [];
        (Tensor key_1NSD, Tensor value_1NSD) = cache.First(cachedRows + layout.Rows);
        Tensor query_1NTD = BlockAttention.SplitHeads(query_RND, 0, query_RND.shape[0]);
        Attend(parts, query_1NTD, key_1NSD, value_1NSD, layout.Samples[0]);
        return Joined(parts);
    }

    private void Attend(
        List<Tensor> parts, Tensor query_1NTD, Tensor key_1NSD, Tensor value_1NSD, SampleLayout sample)
    {
        if (sample.TextRows == 0)
            return;
        Tensor[] queries = query_1NTD.split([.. sample.TextSegments.Select(segment => (long)segment.Length)], 2);
        foreach ((Tensor rows_1NTD, Segment segment) in queries.Zip(sample.TextSegments))
        {
            long end = cachedRows + segment.OtherRowsBefore;
            if (end == 0)
            {
                parts.Add(zeros(
                    [segment.Length, CrossMaps.Width], dtype: rows_1NTD.dtype, device: rows_1NTD.device));
                continue;
            }

            long first = layout.First(end);
            parts.Add(BlockAttention.MergeHeads(BlockAttention.Attend(
                rows_1NTD,
                key_1NSD.narrow(2, first, end - first),
                value_1NSD.narrow(2, first, end - first),
                mask: null,
                isCausal: false)));
        }
    }

    private static Tensor Joined(List<Tensor> parts) => parts.Count == 1 ? parts[0] : cat(parts, 0);
}
