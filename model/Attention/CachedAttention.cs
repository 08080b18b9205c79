using VisualChat.Model.Native;
using static TorchSharp.torch;

namespace VisualChat.Model.Attention;

/// <summary>
/// The attention of new text rows of one sample over what its layer keeps, which has the new rows already. The two softmaxes are those of
/// <see cref="MmcaAttention"/> (under causal attention there are no image rows, and the first is all).
/// </summary>
/// <remarks>
/// Kept keys and values are read in place: the query heads that share a key-value head are laid one after the other as rows, so none is
/// repeated. The floor is reading what is kept once.
/// </remarks>
internal static class CachedAttention
{
    /// <summary>[new text rows, N * D]</summary>
    public static Tensor Text(Tensor q_TND, CachedLayer kept, SampleLayout added, CachedPrefix before)
    {
        long rows = q_TND.shape[0];
        (Tensor key_1KSD, Tensor value_1KSD) = kept.Text.First(before.TextRows + rows);
        Tensor text_TH = Attend(q_TND, key_1KSD, value_1KSD, before.TextMask);
        if (before.ImageRows + added.TextSegments[^1].OthersBefore == 0)
            return text_TH;
        if (added.TextSegments.Count == 1)
            return text_TH.AddInPlace(AttendImages(q_TND, kept, before.ImageRows + added.TextSegments[0].OthersBefore));
        List<Tensor> parts = [];
        long start = 0;
        foreach (Segment segment in added.TextSegments)
        {
            long seen = before.ImageRows + segment.OthersBefore;
            Tensor part_TH = text_TH.narrow(0, start, segment.Length);
            parts.Add(seen == 0 ? part_TH : part_TH.Plus(AttendImages(q_TND.narrow(0, start, segment.Length), kept, seen)));
            start += segment.Length;
        }

        return cat(parts, 0);
    }

    private static Tensor AttendImages(Tensor q_TND, CachedLayer kept, long seen)
    {
        (Tensor key_1KSD, Tensor value_1KSD) = kept.Image.First(seen);
        return Attend(q_TND, key_1KSD, value_1KSD, mask: null);
    }

    // [T, N * D]
    private static Tensor Attend(Tensor q_TND, Tensor k_1KSD, Tensor v_1KSD, Tensor? mask)
    {
        long rows = q_TND.shape[0], keyHeads = k_1KSD.shape[1], groups = q_TND.shape[1] / keyHeads, size = q_TND.shape[2];
        Tensor q_1KGTD = rows == 1
            ? q_TND.view(1, keyHeads, groups, size)
            : q_TND.view(rows, keyHeads, groups, size).permute(1, 2, 0, 3).reshape(1, keyHeads, groups * rows, size);
        Tensor mix_1KGTD = BlockAttention.Attend(q_1KGTD, k_1KSD, v_1KSD, mask, isCausal: false);
        return rows == 1
            ? mix_1KGTD.reshape(1, keyHeads * groups * size)
            : mix_1KGTD.reshape(keyHeads, groups, rows, size).permute(2, 0, 1, 3).reshape(rows, keyHeads * groups * size);
    }
}
