using TorchSharp;
using VisualChat.Model.Native;
using static TorchSharp.torch;

namespace VisualChat.Model.Attention;

// T text rows, I image rows, R rows of one kind, S key rows, N heads, K key-value heads, D head
// dim, H = N · D.

/// <summary>
/// What the released code computes in place of <see cref="MmcaAttention"/>. Each of its masks is
/// the sum of a kind mask and a causal mask, each 0 or the type's lowest number. If no key of a row
/// is allowed, softmax spreads evenly over the keys that only one of the two masks forbids. So:
/// <list type="bullet">
/// <item>a text row with images before it: as in mmca;</item>
/// <item>a text row without: its second softmax is even over text up to itself and every later
/// image;</item>
/// <item>an image row: itself, plus a softmax over the text before it;</item>
/// <item>an image row before any text: itself, plus an even spread over images up to itself and
/// every later text.</item>
/// </list>
/// </summary>
internal static class DeepSpeedMmcaAttention
{
    /// <summary>[T, H]</summary>
    /// <param name="mmca_TH">[T, H] What mmca gives.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="layout">The batch.</param>
    public static Tensor Text(Tensor mmca_TH, AttentionRows rows, InterleavedLayout layout)
    {
        long heads = rows.Text.Query!.shape[1];
        List<Tensor> parts = [];
        Visit(layout, (sample, textStart, imageStart) =>
        {
            if (sample.TextRows == 0)
                return;
            Segment opening = sample.TextSegments[0];
            long blind = opening.OtherRowsBefore == 0 ? opening.Length : 0;
            if (blind > 0)
            {
                var text = new Rows(rows.Text.Value, textStart, blind);
                Tensor even_TH = Even(text, new Rows(rows.Image?.Value, imageStart, sample.ImageRows), heads);
                parts.Add(mmca_TH.narrow(0, textStart, blind).Plus(even_TH));
            }

            if (sample.TextRows > blind)
                parts.Add(mmca_TH.narrow(0, textStart + blind, sample.TextRows - blind));
        });
        return cat(parts, 0);
    }

    /// <summary>[I, H]</summary>
    public static Tensor Image(AttentionRows rows, InterleavedLayout layout)
    {
        HeadRows text = rows.Text, image = rows.Image!;
        long heads = text.Query!.shape[1];
        Tensor self_IH = MmcaAttention.Image(image.Value, heads);
        List<Tensor> parts = [];
        Visit(layout, (sample, textStart, imageStart) =>
        {
            bool hasText = sample.TextRows > 0;
            Tensor? k_1KSD = hasText ? BlockAttention.SplitHeads(text.Key, textStart, sample.TextRows) : null;
            Tensor? v_1KSD = hasText ? BlockAttention.SplitHeads(text.Value, textStart, sample.TextRows) : null;
            long start = imageStart;
            foreach (Segment segment in sample.ImageSegments)
            {
                Tensor second_TH;
                if (segment.OtherRowsBefore == 0)
                {
                    var images = new Rows(image.Value, start, segment.Length);
                    second_TH = Even(images, new Rows(text.Value, textStart, sample.TextRows), heads);
                }
                else
                {
                    Tensor q_1NTD = BlockAttention.SplitHeads(image.Query!, start, segment.Length);
                    second_TH = BlockAttention.MergeHeads(
                        BlockAttention.Prefix(q_1NTD, k_1KSD!, v_1KSD!, segment.OtherRowsBefore));
                }

                parts.Add(self_IH.narrow(0, start, segment.Length).Plus(second_TH));
                start += segment.Length;
            }
        });
        return cat(parts, 0);
    }

    /// <summary>
    /// [T, H] The second softmax of new text rows in a sample without images: even over the text up
    /// to each row.
    /// </summary>
    public static Tensor EvenOverText(CachedLayer cache, long before, Tensor q_TND)
    {
        long rows = q_TND.shape[0];
        Tensor value_1KRD = cache.Text.First(before + rows).Value;
        if (rows == 1)
            return MmcaAttention.Image(Mean(value_1KRD), q_TND.shape[1]);
        Tensor value_RKD = value_1KRD.squeeze(0).transpose(0, 1);
        Tensor even_RH = Even(new Rows(value_RKD, 0, before + rows), new Rows(null, 0, 0), q_TND.shape[1]);
        return even_RH.narrow(0, before, rows);
    }

    // [1, K, D] One row needs no running sum, which would write all of them.
    private static Tensor Mean(Tensor value_1KRD)
    {
        using Scalar count = value_1KRD.shape[2];
        Tensor sum_1KD = value_1KRD.sum([2], type: ScalarType.Float64);
        return sum_1KD.to(WideTypeOf(value_1KRD)).div(count).to(value_1KRD.dtype);
    }

    // For each own row, the mean over the own rows up to it and all rows of the other kind: a
    // running sum, without a product. Values of 16 bits are summed in float32, since 16 bits cannot
    // count far.
    private static Tensor Even(Rows own, Rows other, long heads)
    {
        Tensor own_RKD = own.Values!;
        ScalarType wide = WideTypeOf(own_RKD);
        Tensor sum_TH = MmcaAttention.Image(own.Narrow(), heads).to(wide).cumsum(0);
        if (other.Count > 0)
            sum_TH = sum_TH.Plus(MmcaAttention.Image(other.Narrow(), heads).to(wide).sum(0, keepdim: true));
        using Scalar first = other.Count + 1, end = other.Count + own.Count + 1;
        Tensor count_T1 = arange(first, end, HeldScalars.One, dtype: wide, device: sum_TH.device).unsqueeze(1);
        return (sum_TH / count_T1).to(own_RKD.dtype);
    }

    private static ScalarType WideTypeOf(Tensor x) =>
        x.dtype == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;

    private static void Visit(InterleavedLayout layout, Action<SampleLayout, long, long> visit)
    {
        long textStart = 0, imageStart = 0;
        foreach (SampleLayout sample in layout.Samples)
        {
            visit(sample, textStart, imageStart);
            textStart += sample.TextRows;
            imageStart += sample.ImageRows;
        }
    }

    /// <summary>One sample's rows of one kind.</summary>
    /// <param name="Values">
    /// [R, K, D] The whole batch's; null if it has no rows of the kind.
    /// </param>
    /// <param name="Start">The first row.</param>
    /// <param name="Count">How many rows.</param>
    private readonly record struct Rows(Tensor? Values, long Start, long Count)
    {
        public Tensor Narrow() => Values!.narrow(0, Start, Count);
    }
}
