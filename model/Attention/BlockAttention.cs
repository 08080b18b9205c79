using VisualChat.Model.Native;
using static TorchSharp.torch;

namespace VisualChat.Model.Attention;

// T query rows, S key rows, N heads, K key-value heads, D head dim. [rows, heads, D] is how projections leave them; attention wants
// heads before rows, which is a view.

/// <summary>The blocks that every mode is put together from: causal, unmasked and evenly spread attention over rows of one sample.</summary>
internal static class BlockAttention
{
    /// <summary>Rows [from, from + count) with their heads first, each key-value head repeated for its group of queries: [1, N, count, D].</summary>
    /// <remarks>Without groups this is a view; with them, one copy per sample and layer.</remarks>
    public static Tensor HeadsFirst(Tensor x_RKD, long from, long count, long heads)
    {
        Tensor rows_TKD = x_RKD.narrow(0, from, count);
        long groups = heads / x_RKD.shape[1];
        if (groups > 1)
            rows_TKD = rows_TKD.repeat_interleave(groups, 1);
        return rows_TKD.transpose(0, 1).unsqueeze(0);
    }

    /// <summary>Each row looks at itself and the rows before it.</summary>
    public static Tensor Causal(Tensor q_1NTD, Tensor k_1NTD, Tensor v_1NTD) =>
        Attend(q_1NTD, k_1NTD, v_1NTD, mask: null, isCausal: true);

    /// <summary>Each row looks at the first <paramref name="seen"/> keys, all of them.</summary>
    public static Tensor Prefix(Tensor q_1NTD, Tensor k_1NSD, Tensor v_1NSD, long seen) =>
        Attend(q_1NTD, k_1NSD.narrow(2, 0, seen), v_1NSD.narrow(2, 0, seen), mask: null, isCausal: false);

    /// <summary>softmax(q·k / sqrt(D)) V, in the rows' type.</summary>
    /// <remarks>
    /// Several rows of 16 bits on a CPU are looked at in float32. In 16 bits each pair of lengths has code of its own (see <see cref="OneDnnProducts"/>): a training over samples
    /// of any length was seen to grow by 3 MB an update.
    /// </remarks>
    public static Tensor Attend(Tensor q_1NTD, Tensor k_1NSD, Tensor v_1NSD, Tensor? mask, bool isCausal)
    {
        ScalarType type = q_1NTD.dtype;
        if (!q_1NTD.CompilesPerShape() || q_1NTD.shape[2] == 1)
            return nn.functional.scaled_dot_product_attention(q_1NTD, k_1NSD, v_1NSD, mask, is_casual: isCausal);
        return nn.functional.scaled_dot_product_attention(
            q_1NTD.to(ScalarType.Float32), k_1NSD.to(ScalarType.Float32), v_1NSD.to(ScalarType.Float32), mask, is_casual: isCausal).to(type);
    }

    /// <summary>[T, N * D] From [1, N, T, D].</summary>
    public static Tensor RowsFirst(Tensor x_1NTD) => x_1NTD.squeeze(0).transpose(0, 1).flatten(1);
}
