using VisualChat.Model.Native;
using static TorchSharp.torch;

namespace VisualChat.Model.Attention;

// T text rows, S and I image rows, N heads, K key-value heads, D head dim, H = N · D.

/// <summary>
/// Multi-modal causal attention of text rows (arXiv 2309.14327, section 3): <c>softmax(q·k over
/// text, j ≤ i) V + softmax(q·k over images, j &lt; i) V</c>. An image row attends to itself only,
/// so its result is its value and needs no attention.
/// </summary>
/// <remarks>
/// Drawn for t t v v t: text rows take a 3 × 3 causal block, and the last of them a 1 × 2 block.
/// All text between two images attends to the same images, so "the images before me" is a block
/// without a mask, and nothing of T × T is made. Lower bound: the products inside the blocks,
/// T_text² / 2 + Σ text × images before it.
/// </remarks>
internal static class MmcaAttention
{
    /// <summary>[T, H]</summary>
    public static Tensor Text(AttentionRows rows, InterleavedLayout layout)
    {
        List<Tensor> parts = [];
        long textStart = 0, imageStart = 0;
        foreach (SampleLayout sample in layout.Samples)
        {
            if (sample.TextRows > 0)
                AppendText(parts, rows, sample, textStart, imageStart);
            textStart += sample.TextRows;
            imageStart += sample.ImageRows;
        }

        return parts.Count == 1 ? parts[0] : cat(parts, 0);
    }

    /// <summary>[I, H] Each image row's value, once for each query head of its group.</summary>
    public static Tensor Image(Tensor v_IKD, long heads)
    {
        long groups = heads / v_IKD.shape[1];
        return (groups > 1 ? v_IKD.repeat_interleave(groups, 1) : v_IKD).flatten(1);
    }

    /// <summary>
    /// [T + I, H] The result of text rows, and behind it each image row's value, once for each
    /// query head of its group.
    /// </summary>
    public static Tensor WithImages(Tensor text_TH, Tensor v_IKD)
    {
        (long images, long keyHeads, long size) = (v_IKD.shape[0], v_IKD.shape[1], v_IKD.shape[2]);
        long groups = text_TH.shape[1] / (keyHeads * size);
        Tensor text_TKGD = text_TH.view(text_TH.shape[0], keyHeads, groups, size);
        return cat([text_TKGD, v_IKD.unsqueeze(2).expand(images, keyHeads, groups, size)], 0).flatten(1);
    }

    private static void AppendText(
        List<Tensor> parts, AttentionRows rows, SampleLayout sample, long textStart, long imageStart)
    {
        HeadRows text = rows.Text;
        Tensor q_1NTD = BlockAttention.SplitHeads(text.Query!, textStart, sample.TextRows);
        Tensor text_1NTD = BlockAttention.Causal(
            q_1NTD,
            BlockAttention.SplitHeads(text.Key, textStart, sample.TextRows),
            BlockAttention.SplitHeads(text.Value, textStart, sample.TextRows));
        if (sample.ImageRows == 0 || sample.TextSegments[^1].OtherRowsBefore == 0)
        {
            parts.Add(BlockAttention.MergeHeads(text_1NTD));
            return;
        }

        Tensor k_1KSD = BlockAttention.SplitHeads(rows.Image!.Key, imageStart, sample.ImageRows);
        Tensor v_1KSD = BlockAttention.SplitHeads(rows.Image!.Value, imageStart, sample.ImageRows);
        long[] lengths = [.. sample.TextSegments.Select(segment => (long)segment.Length)];
        Tensor[] queries = q_1NTD.split(lengths, 2);
        Tensor[] texts = text_1NTD.split(lengths, 2);
        for (int index = 0; index < lengths.Length; index++)
        {
            Tensor segment_1NTD = texts[index];
            int imageRows = sample.TextSegments[index].OtherRowsBefore;
            if (imageRows > 0)
                segment_1NTD = segment_1NTD.Plus(BlockAttention.Prefix(queries[index], k_1KSD, v_1KSD, imageRows));
            parts.Add(BlockAttention.MergeHeads(segment_1NTD));
        }
    }
}
