using VisualChat.Model.Aten;
using VisualChat.Model.Native;
using static TorchSharp.torch;

namespace VisualChat.Model.Attention;

// R rows of a batch, T query rows, S key rows, N heads, K key-value heads, D head dim, H = N · D.
// Projections give [rows, heads, D]; attention wants the heads first, which is a view.

/// <summary>
/// The blocks that every attention mode is put together from, over rows of one sample.
/// </summary>
internal static class BlockAttention
{
    /// <summary>
    /// [1, K, count, D] from [R, K, D]: a view of the rows [from, from + count).
    /// </summary>
    public static Tensor SplitHeads(Tensor x_RKD, long from, long count) =>
        x_RKD.narrow(0, from, count).transpose(0, 1).unsqueeze(0);

    /// <summary>[T, H] from [1, N, T, D].</summary>
    public static Tensor MergeHeads(Tensor x_1NTD) => x_1NTD.squeeze(0).transpose(0, 1).flatten(1);

    /// <summary>Each row attends to itself and the rows before it.</summary>
    public static Tensor Causal(Tensor q_1NTD, Tensor k_1KTD, Tensor v_1KTD) =>
        AttendInGroups(q_1NTD, k_1KTD, v_1KTD, isCausal: true);

    /// <summary>Each row attends to all of the first <paramref name="keys"/> keys.</summary>
    public static Tensor Prefix(Tensor q_1NTD, Tensor k_1KSD, Tensor v_1KSD, long keys) =>
        AttendInGroups(q_1NTD, k_1KSD.narrow(2, 0, keys), v_1KSD.narrow(2, 0, keys), isCausal: false);

    /// <summary>
    /// The rows are the last of the first <paramref name="keys"/> rows, and each attends to what
    /// stands before it and to itself.
    /// </summary>
    public static Tensor Last(Tensor q_1NTD, Tensor k_1KSD, Tensor v_1KSD, long keys, Tensor tail_MW)
    {
        long rows = q_1NTD.shape[2];
        if (keys < k_1KSD.shape[2])
            (k_1KSD, v_1KSD) = (k_1KSD.narrow(2, 0, keys), v_1KSD.narrow(2, 0, keys));
        if (rows == keys || rows == 1)
            return AttendInGroups(q_1NTD, k_1KSD, v_1KSD, isCausal: rows > 1);
        Tensor mask_TS = tail_MW.narrow(0, tail_MW.shape[0] - rows, rows).narrow(1, tail_MW.shape[1] - keys, keys);
        return AttendInGroups(q_1NTD, k_1KSD, v_1KSD, isCausal: false, mask_TS);
    }

    /// <summary>
    /// The type of a mask for <see cref="Attend"/> over several rows of a type on a device.
    /// </summary>
    public static ScalarType MaskType(ScalarType type, Device device) =>
        OneDnnProducts.CompilePerShape(type, device) ? ScalarType.Float32 : type;

    /// <summary>softmax(q·k / sqrt(D)) V, in the type of the rows.</summary>
    /// <remarks>
    /// On a CPU, several rows of 16 bits are computed in float32. In 16 bits oneDNN compiles a
    /// kernel for each pair of lengths (see <see cref="OneDnnProducts"/>): a training over samples
    /// of many lengths was seen to grow by 3 MB an update.
    /// </remarks>
    public static Tensor Attend(Tensor q_1NTD, Tensor k_1NSD, Tensor v_1NSD, Tensor? mask, bool isCausal)
    {
        ScalarType type = q_1NTD.dtype;
        if (!q_1NTD.CompilesPerShape() || q_1NTD.shape[2] == 1)
            return nn.functional.scaled_dot_product_attention(q_1NTD, k_1NSD, v_1NSD, mask, is_casual: isCausal);
        Tensor wideQ_1NTD = q_1NTD.to(ScalarType.Float32);
        Tensor wideK_1NSD = k_1NSD.to(ScalarType.Float32);
        Tensor wideV_1NSD = v_1NSD.to(ScalarType.Float32);
        return nn.functional
            .scaled_dot_product_attention(wideQ_1NTD, wideK_1NSD, wideV_1NSD, Wide(mask), is_casual: isCausal)
            .to(type);

        static Tensor? Wide(Tensor? mask) =>
            mask is null || mask.dtype == ScalarType.Bool ? mask : mask.to(ScalarType.Float32);
    }

    // Query heads that share a key-value head read it in place. Where libtorch cannot, or 16 bits
    // are widened anyway, each key-value head is copied for its group.
    private static Tensor AttendInGroups(
        Tensor q_1NTD, Tensor k_1KSD, Tensor v_1KSD, bool isCausal, Tensor? mask = null)
    {
        long groups = q_1NTD.shape[1] / k_1KSD.shape[1];
        if (groups == 1)
            return Attend(q_1NTD, k_1KSD, v_1KSD, mask, isCausal);
        if (AtenLibrary.IsAvailable && !q_1NTD.CompilesPerShape())
            return AtenOperators.GroupedQueryAttention(q_1NTD, k_1KSD, v_1KSD, isCausal, mask);
        Tensor k_1NSD = k_1KSD.repeat_interleave(groups, 1);
        Tensor v_1NSD = v_1KSD.repeat_interleave(groups, 1);
        return Attend(q_1NTD, k_1NSD, v_1NSD, mask, isCausal);
    }
}
