using TorchSharp;
using VisualChat.Model.Native;
using VisualChat.Model.Transfers;
using static TorchSharp.torch;

namespace VisualChat.Model.Attention;

// B samples, W rows and S keys of a padded sample, N heads, K key-value heads, G query heads of a
// group, D head dim, H = N · D.

/// <summary>
/// Attention in a fixed number of launches whatever the batch, over samples padded to one length:
/// text to text with the causal kernel, the second softmax with a mask of what each row sees.
/// </summary>
/// <remarks>
/// For GPUs, where a launch costs as much as the products of a whole sample: blocks are one launch
/// for each sample and segment, and each slice of a block is a tensor of its own in the backward
/// pass. A CPU computes what it must, and there blocks are as fast for one sample and take half of
/// the time for six of unequal lengths (1.00 against 1.88 s; <c>padding</c> of the benchmarks). So
/// GPUs pad and CPUs do not (<see cref="Language.LlamaDecoder.IsPadded"/>). Padding stands behind
/// the rows of a sample, where the causal kernel does not look.
/// </remarks>
/// <param name="plan">The batch.</param>
/// <param name="sent">Has what the plan packed.</param>
internal abstract class PaddedAttention(PaddingPlan plan, SentNumbers sent)
{
    // Kernels with a mask read its rows in pieces of so many numbers, and copy a mask whose rows
    // do not begin at a multiple.
    private const int MaskAlignment = 8;

    /// <summary>The tensors that the backward pass of a recomputed layer needs.</summary>
    public IEnumerable<Tensor> Tensors => [.. Sent.Tensors, .. Shared];

    protected PaddingPlan Plan { get; } = plan;

    protected SentNumbers Sent { get; } = sent;

    /// <summary>What the layers of the pass share.</summary>
    protected abstract IEnumerable<Tensor> Shared { get; }

    /// <summary>
    /// The result of the text rows, and behind it the image rows' if that is wanted. What is not
    /// wanted may be there.
    /// </summary>
    /// <returns>[rows, H]</returns>
    public abstract Tensor Attend(AttentionRows rows, bool needsImageRows);

    /// <summary>Makes the attention of a pass on its device.</summary>
    /// <param name="plan">The batch.</param>
    /// <param name="mode">Which attention.</param>
    /// <param name="order">
    /// Rows of both kinds in reading order, if the mode takes them so and there are images.
    /// </param>
    /// <param name="sent">Has what the plan packed.</param>
    /// <param name="groups">G</param>
    /// <param name="type">The type that is computed in.</param>
    public static PaddedAttention Of(
        PaddingPlan plan,
        AttentionMode mode,
        ReadingOrder? order,
        SentNumbers sent,
        long groups,
        ScalarType type) => mode switch
        {
            AttentionMode.MmcaDeepSpeed => new PaddedDeepSpeedMmcaAttention(plan, sent, groups, type),
            AttentionMode.CraCaMask when order is not null =>
                new PaddedJointAttention(plan, order, sent, groups, type),
            _ => new PaddedMmcaAttention(plan, order, sent, groups, type),
        };

    /// <summary>
    /// [B, 1, G · W, at least S] 0 for the keys that a padded row sees, else minus infinity.
    /// </summary>
    /// <param name="rows">The padded rows.</param>
    /// <param name="textKeys">Text keys, which stand first; 0 if there are none.</param>
    /// <param name="imageKeys">Image keys.</param>
    /// <param name="groups">G</param>
    /// <param name="type">The type that is computed in.</param>
    protected Tensor Mask(PaddedRows rows, int textKeys, int imageKeys, long groups, ScalarType type)
    {
        long[] perRow = [rows.Samples, rows.Width, 1];
        using Scalar first = 0, firstImage = textKeys, forbidden = double.NegativeInfinity;
        using Scalar end = (textKeys + imageKeys + MaskAlignment - 1) / MaskAlignment * MaskAlignment;
        Tensor imagesSeen_BW1 = Sent.Integers(Plan.ImagesSeen!.Value).view(perRow).add(firstImage, HeldScalars.One);
        Tensor column_S = arange(first, end, HeldScalars.One, dtype: ScalarType.Int64, device: imagesSeen_BW1.device);
        Tensor seen_BWS = column_S.less(imagesSeen_BW1).logical_and(column_S.ge(firstImage));
        if (textKeys > 0)
            seen_BWS = seen_BWS.logical_or(column_S.less(Sent.Integers(Plan.TextSeen!.Value).view(perRow)));
        Tensor mask_BWS = zeros(seen_BWS.shape, dtype: type, device: seen_BWS.device)
            .masked_fill_(seen_BWS.logical_not(), forbidden);
        return mask_BWS.repeat(1, groups, 1).unsqueeze(1);
    }

    /// <summary>[B, W, 1, 1] 1 for rows whose second softmax follows its scores, else 0.</summary>
    protected Tensor Looks(ScalarType type) =>
        Sent.Doubles(Plan.Looks!.Value).view(Plan.Rows.Samples, Plan.Rows.Width, 1, 1).to(type);

    /// <summary>[B, W, N, D] Attention with a mask, over rows of padded samples.</summary>
    /// <remarks>
    /// The kernel that takes a mask knows no groups: query heads of a group become rows.
    /// </remarks>
    /// <param name="q_BWND">[B, W, N, D]</param>
    /// <param name="k_BSKD">[B, S, K, D]</param>
    /// <param name="v_BSKD">[B, S, K, D]</param>
    /// <param name="mask_B1MS">[B, 1, G · W, at least S]</param>
    protected static Tensor Attend(Tensor q_BWND, Tensor k_BSKD, Tensor v_BSKD, Tensor mask_B1MS)
    {
        long[] shape = q_BWND.shape;
        (long samples, long rows, long heads, long size) = (shape[0], shape[1], shape[2], shape[3]);
        long keyHeads = k_BSKD.shape[2];
        Tensor q_BKMD = q_BWND.transpose(1, 2).reshape(samples, keyHeads, heads / keyHeads * rows, size);
        Tensor mixed_BKMD = BlockAttention.Attend(
            q_BKMD,
            k_BSKD.transpose(1, 2),
            v_BSKD.transpose(1, 2),
            mask_B1MS.narrow(-1, 0, k_BSKD.shape[1]),
            isCausal: false);
        return mixed_BKMD.reshape(samples, heads, rows, size).transpose(1, 2);
    }

    /// <summary>[B, W, N, D] Each row attends to itself and the rows before it.</summary>
    protected static Tensor Causal(HeadRows rows) => BlockAttention
        .Causal(rows.Query!.transpose(1, 2), rows.Key.transpose(1, 2), rows.Value.transpose(1, 2))
        .transpose(1, 2);
}
