using TorchSharp;
using static TorchSharp.torch;

namespace VisualChat.Model.Attention;

// Q rows of one kind, T of them at once, S rows of a sample, N heads, K key-value heads, D head
// dim, H = N · D.

/// <summary>
/// One softmax over everything up to a row, text and images alike, for rows of one kind: text rows
/// under <c>cra-ca-mask</c>, image rows under <c>causal-two-softmaxes</c>.
/// </summary>
/// <remarks>
/// With keys in reading order, what a row sees is what stands first. Drawn for t t v v t: text rows
/// take a 2 × 2 causal block and a 1 × 5 block; image rows a 2 × 4 block whose end is masked. Long
/// stretches are computed <see cref="MostRows"/> rows at a time, so that little is masked, and one
/// small mask fits all. Lower bound: the products inside the blocks, Σ rows × what stands before.
/// </remarks>
internal static class JointAttention
{
    private const int MostRows = 256;

    /// <summary>
    /// [rows, longest sample] 0, and minus infinity after the diagonal that ends in the lower right
    /// corner. What it says of its last T rows and last S columns is the mask of T rows that are
    /// the last of S.
    /// </summary>
    public static Tensor Tail(InterleavedLayout layout, ScalarType type, Device device)
    {
        long width = layout.Samples.Max(sample => sample.Length), rows = Math.Min(MostRows, width);
        using Scalar forbidden = double.NegativeInfinity;
        long[] shape = [rows, width];
        return full(shape, forbidden, BlockAttention.MaskType(type, device), device).triu_(width - rows + 1);
    }

    /// <summary>[Q, H]</summary>
    /// <param name="q_QND">The rows' queries.</param>
    /// <param name="inOrder">
    /// [1, rows of all samples, K, D] Keys and values in reading order.
    /// </param>
    /// <param name="layout">The batch.</param>
    /// <param name="segmentsOf">Which rows of a sample they are.</param>
    /// <param name="tail_MW"><see cref="Tail"/></param>
    public static Tensor Attend(
        Tensor q_QND,
        HeadRows inOrder,
        InterleavedLayout layout,
        Func<SampleLayout, IReadOnlyList<Segment>> segmentsOf,
        Tensor tail_MW)
    {
        IReadOnlyList<SampleLayout> samples = layout.Samples;
        long[] lengths = [.. samples.Select(sample => (long)sample.Length)];
        long[] rows = [.. samples.Select(sample => segmentsOf(sample).Sum(segment => (long)segment.Length))];
        // Split and not narrowed: see HeadRows.
        Tensor[] query = q_QND.transpose(0, 1).unsqueeze(0).split(rows, 2);
        Tensor[] key = inOrder.Key.transpose(1, 2).split(lengths, 2);
        Tensor[] value = inOrder.Value.transpose(1, 2).split(lengths, 2);
        List<Tensor> parts = [];
        for (int sample = 0; sample < samples.Count; sample++)
        {
            if (rows[sample] == 0)
                continue;
            (long Rows, long Seen)[] blocks = [.. BlocksOf(segmentsOf(samples[sample]))];
            Tensor[] queries = query[sample].split([.. blocks.Select(block => block.Rows)], 2);
            for (int block = 0; block < blocks.Length; block++)
            {
                Tensor mixed_1NTD =
                    BlockAttention.Last(queries[block], key[sample], value[sample], blocks[block].Seen, tail_MW);
                parts.Add(BlockAttention.MergeHeads(mixed_1NTD));
            }
        }

        return cat(parts, 0);
    }

    // Rows that are computed at once, and how many of the sample's the last of them sees.
    private static IEnumerable<(long Rows, long Seen)> BlocksOf(IReadOnlyList<Segment> segments)
    {
        long own = 0;
        foreach (Segment segment in segments)
        {
            bool isFirst = own + segment.OtherRowsBefore == 0;
            long end = own + segment.Length;
            while (own < end)
            {
                long rows = isFirst ? segment.Length : Math.Min(MostRows, end - own);
                own += rows;
                yield return (rows, own + segment.OtherRowsBefore);
            }
        }
    }
}
