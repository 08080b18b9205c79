using VisualChat.Model.Native;
using static TorchSharp.torch;

namespace VisualChat.Model.Attention;

// T new text rows, N heads, K key-value heads, G query heads of a group, S cached rows, D head dim,
// H = N · D.

/// <summary>
/// The attention of new text rows of one sample over their layer's cache, which already has the new
/// rows. The two softmaxes are those of <see cref="MmcaAttention"/>; under causal attention there
/// are no image rows, and the first softmax is all. Where one softmax takes both kinds, text is
/// cached with images, in reading order.
/// </summary>
/// <remarks>
/// Cached keys and values are read in place. The query heads that share a key-value head are laid
/// out as rows, one after the other, so nothing is repeated. Lower bound: one read of the cache.
/// </remarks>
internal static class CachedAttention
{
    /// <summary>[T, H] One softmax over the rows of both kinds up to each text row.</summary>
    public static Tensor JointText(Tensor q_TND, CachedLayer cache, SampleLayout added, CachedPrefix prefix)
    {
        long seen = prefix.TextRows + added.TextRows + added.TextSegments[^1].OtherRowsBefore;
        (Tensor key_1KSD, Tensor value_1KSD) = cache.Text.First(seen);
        return Attend(q_TND, key_1KSD, value_1KSD, prefix.TextMask);
    }

    /// <summary>
    /// [I, H] One softmax over the rows of both kinds up to each new image row. The cache is copied
    /// for it: its kinds are apart.
    /// </summary>
    public static Tensor JointImages(Tensor q_IND, CachedLayer cache, SampleLayout added, CachedPrefix prefix)
    {
        (Tensor key_1KSD, Tensor value_1KSD) = cache.Image.First(prefix.ImageRows + added.ImageRows);
        long textRows = prefix.TextRows + added.ImageSegments[^1].OtherRowsBefore;
        if (textRows > 0)
        {
            (Tensor textKey_1KSD, Tensor textValue_1KSD) = cache.Text.First(textRows);
            key_1KSD = cat([textKey_1KSD, key_1KSD], 2);
            value_1KSD = cat([textValue_1KSD, value_1KSD], 2);
        }

        return Attend(q_IND, key_1KSD, value_1KSD, prefix.ImageMask);
    }

    /// <summary>[T, H]</summary>
    public static Tensor Text(Tensor q_TND, CachedLayer cache, SampleLayout added, CachedPrefix prefix)
    {
        long rows = q_TND.shape[0];
        (Tensor key_1KSD, Tensor value_1KSD) = cache.Text.First(prefix.TextRows + rows);
        Tensor text_TH = Attend(q_TND, key_1KSD, value_1KSD, prefix.TextMask);
        if (prefix.ImageRows + added.TextSegments[^1].OtherRowsBefore == 0)
            return text_TH;
        if (added.TextSegments.Count == 1)
        {
            long imageRows = prefix.ImageRows + added.TextSegments[0].OtherRowsBefore;
            return text_TH.AddInPlace(AttendImages(q_TND, cache, imageRows));
        }

        List<Tensor> parts = [];
        long start = 0;
        foreach (Segment segment in added.TextSegments)
        {
            long imageRows = prefix.ImageRows + segment.OtherRowsBefore;
            Tensor part_TH = text_TH.narrow(0, start, segment.Length);
            if (imageRows > 0)
                part_TH = part_TH.Plus(AttendImages(q_TND.narrow(0, start, segment.Length), cache, imageRows));
            parts.Add(part_TH);
            start += segment.Length;
        }

        return cat(parts, 0);
    }

    private static Tensor AttendImages(Tensor q_TND, CachedLayer cache, long imageRows)
    {
        (Tensor key_1KSD, Tensor value_1KSD) = cache.Image.First(imageRows);
        return Attend(q_TND, key_1KSD, value_1KSD, mask: null);
    }

    // [T, H]
    private static Tensor Attend(Tensor q_TND, Tensor k_1KSD, Tensor v_1KSD, Tensor? mask)
    {
        (long rows, long heads, long size) = (q_TND.shape[0], q_TND.shape[1], q_TND.shape[2]);
        long keyHeads = k_1KSD.shape[1];
        long groups = heads / keyHeads;
        if (rows == 1)
        {
            Tensor q_1KGD = q_TND.view(1, keyHeads, groups, size);
            return BlockAttention.Attend(q_1KGD, k_1KSD, v_1KSD, mask, isCausal: false).reshape(1, heads * size);
        }

        Tensor q_KGTD = q_TND.view(rows, keyHeads, groups, size).permute(1, 2, 0, 3);
        Tensor q_1KMD = q_KGTD.reshape(1, keyHeads, groups * rows, size); // M = G · T
        Tensor mixed_1KMD = BlockAttention.Attend(q_1KMD, k_1KSD, v_1KSD, mask, isCausal: false);
        return mixed_1KMD.reshape(keyHeads, groups, rows, size).permute(2, 0, 1, 3).reshape(rows, heads * size);
    }
}
