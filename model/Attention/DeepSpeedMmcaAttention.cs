using VisualChat.Model.Native;
using static TorchSharp.torch;

namespace VisualChat.Model.Attention;

/// <summary>
/// What the released code computes in place of <see cref="MmcaAttention"/>. Its masks are sums of a kind mask and a causal one, each 0 or the
/// type's lowest number; where no key of a row is allowed, softmax spreads evenly over those that one of the two masks leaves. So:
/// <list type="bullet">
/// <item>a text row with images before it: as in mmca;</item>
/// <item>a text row without: its second softmax is even over text up to itself and every later image;</item>
/// <item>an image row: itself, plus a softmax over the text before it;</item>
/// <item>an image row before any text: itself, plus an even spread over images up to itself and every later text.</item>
/// </list>
/// </summary>
internal static class DeepSpeedMmcaAttention
{
    /// <summary>[text rows, N * D]</summary>
    public static Tensor Text(AttentionRows rows, InterleavedLayout layout)
    {
        Tensor mmca_TH = MmcaAttention.Text(rows, layout);
        List<Tensor> parts = [];
        Visit(layout, (sample, textStart, imageStart) =>
        {
            if (sample.TextRows == 0)
                return;
            Segment opening = sample.TextSegments[0];
            long blind = opening.OthersBefore == 0 ? opening.Length : 0;
            if (blind > 0)
                parts.Add(mmca_TH.narrow(0, textStart, blind).Plus(Even(rows.Value, textStart, blind, rows.ImageValue, imageStart, sample.ImageRows, rows.Query.shape[1])));
            if (sample.TextRows > blind)
                parts.Add(mmca_TH.narrow(0, textStart + blind, sample.TextRows - blind));
        });
        return cat(parts, 0);
    }

    /// <summary>[image rows, N * D]</summary>
    public static Tensor Image(AttentionRows rows, InterleavedLayout layout)
    {
        long heads = rows.Query.shape[1];
        Tensor self_IH = MmcaAttention.Image(rows.ImageValue!, heads);
        List<Tensor> parts = [];
        Visit(layout, (sample, textStart, imageStart) =>
        {
            Tensor? k_1NSD = sample.TextRows > 0 ? BlockAttention.HeadsFirst(rows.Key, textStart, sample.TextRows, heads) : null;
            Tensor? v_1NSD = sample.TextRows > 0 ? BlockAttention.HeadsFirst(rows.Value, textStart, sample.TextRows, heads) : null;
            long start = imageStart;
            foreach (Segment segment in sample.ImageSegments)
            {
                Tensor seen_TH = segment.OthersBefore == 0
                    ? Even(rows.ImageValue!, start, segment.Length, rows.Value, textStart, sample.TextRows, heads)
                    : BlockAttention.RowsFirst(BlockAttention.Prefix(
                        BlockAttention.HeadsFirst(rows.ImageQuery!, start, segment.Length, heads), k_1NSD!, v_1NSD!, segment.OthersBefore));
                parts.Add(self_IH.narrow(0, start, segment.Length).Plus(seen_TH));
                start += segment.Length;
            }
        });
        return cat(parts, 0);
    }

    /// <summary>[new text rows, N * D] The second softmax of new text rows in a sample without images: even over the text up to each.</summary>
    public static Tensor EvenOverText(CachedLayer kept, long before, Tensor q_TND)
    {
        long rows = q_TND.shape[0];
        Tensor value_RKD = kept.Text.First(before + rows).Value.squeeze(0).transpose(0, 1);
        return Even(value_RKD, 0, before + rows, null, 0, 0, q_TND.shape[1]).narrow(0, before, rows);
    }

    // Mean over the first rows of one kind up to each row, and all rows of the other kind: a running sum, no product. Summed in float32
    // where values have 16 bits, which cannot count on.
    private static Tensor Even(Tensor own_RKD, long ownStart, long ownCount, Tensor? other_RKD, long otherStart, long otherCount, long heads)
    {
        ScalarType wide = own_RKD.dtype == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;
        Tensor sum_TH = MmcaAttention.Image(own_RKD.narrow(0, ownStart, ownCount), heads).to(wide).cumsum(0);
        if (otherCount > 0)
            sum_TH = sum_TH.Plus(MmcaAttention.Image(other_RKD!.narrow(0, otherStart, otherCount), heads).to(wide).sum(0, keepdim: true));
        Tensor seen_T1 = tensor([.. Enumerable.Range((int)otherCount + 1, (int)ownCount).Select(seen => (long)seen)], [ownCount, 1], dtype: wide, device: sum_TH.device);
        return (sum_TH / seen_T1).to(own_RKD.dtype);
    }

    private static void Visit(InterleavedLayout layout, Action<SampleLayout, long, long> sample)
    {
        long textStart = 0, imageStart = 0;
        foreach (SampleLayout next in layout.Samples)
        {
            sample(next, textStart, imageStart);
            textStart += next.TextRows;
            imageStart += next.ImageRows;
        }
    }
}
