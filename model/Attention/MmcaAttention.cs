using VisualChat.Model.Native;
using static TorchSharp.torch;

namespace VisualChat.Model.Attention;

/// <summary>
/// Multi-modal causal attention of text rows (arXiv 2309.14327, section 3): <c>softmax(q·k over text, j ≤ i) V + softmax(q·k over images,
/// j &lt; i) V</c>. Image rows look at themselves only, so their result is their value and needs no attention.
/// </summary>
/// <remarks>
/// Drawn for t t v v t: text rows take a 3 × 3 causal block, and the last of them a 1 × 2 block. Text between two images sees the same images, so
/// "images before me" is a block with no mask; nothing of T × T is made. Floor: the products inside the blocks, T_text² / 2 + Σ text × images before.
/// </remarks>
internal static class MmcaAttention
{
    /// <summary>[text rows, N * D]</summary>
    public static Tensor Text(AttentionRows rows, InterleavedLayout layout)
    {
        List<Tensor> parts = [];
        long textStart = 0, imageStart = 0;
        foreach (SampleLayout sample in layout.Samples)
        {
            if (sample.TextRows > 0)
                Append(parts, rows, sample, textStart, imageStart);
            textStart += sample.TextRows;
            imageStart += sample.ImageRows;
        }

        return parts.Count == 1 ? parts[0] : cat(parts, 0);
    }

    /// <summary>[image rows, N * D] Each image row's value, for each query head of its group.</summary>
    public static Tensor Image(Tensor v_IKD, long heads)
    {
        long groups = heads / v_IKD.shape[1];
        return (groups > 1 ? v_IKD.repeat_interleave(groups, 1) : v_IKD).flatten(1);
    }

    private static void Append(List<Tensor> parts, AttentionRows rows, SampleLayout sample, long textStart, long imageStart)
    {
        long heads = rows.Query.shape[1];
        Tensor q_1NTD = BlockAttention.HeadsFirst(rows.Query, textStart, sample.TextRows, heads);
        Tensor text_1NTD = BlockAttention.Causal(
            q_1NTD, BlockAttention.HeadsFirst(rows.Key, textStart, sample.TextRows, heads), BlockAttention.HeadsFirst(rows.Value, textStart, sample.TextRows, heads));
        if (sample.ImageRows == 0 || sample.TextSegments[^1].OthersBefore == 0)
        {
            parts.Add(BlockAttention.RowsFirst(text_1NTD));
            return;
        }

        Tensor k_1NSD = BlockAttention.HeadsFirst(rows.ImageKey!, imageStart, sample.ImageRows, heads);
        Tensor v_1NSD = BlockAttention.HeadsFirst(rows.ImageValue!, imageStart, sample.ImageRows, heads);
        long[] lengths = [.. sample.TextSegments.Select(segment => (long)segment.Length)];
        Tensor[] queries = q_1NTD.split(lengths, 2), texts = text_1NTD.split(lengths, 2);
        for (int index = 0; index < lengths.Length; index++)
        {
            int seen = sample.TextSegments[index].OthersBefore;
            parts.Add(BlockAttention.RowsFirst(seen == 0 ? texts[index] : texts[index].Plus(BlockAttention.Prefix(queries[index], k_1NSD, v_1NSD, seen))));
        }
    }
}
