using TorchSharp;
using VisualChat.Model.Native;
using VisualChat.Model.Transfers;
using static TorchSharp.torch;

namespace VisualChat.Model.Attention;

// B samples, T text rows and I image rows of the longest sample, N heads, K key-value heads, G
// query heads of a group, D head dim, H = N · D.

/// <summary>
/// <see cref="MmcaAttention"/> in two launches whatever the batch, over samples padded to one
/// length: text to text with the causal kernel, text to images with a mask of what each row sees.
/// </summary>
/// <remarks>
/// For GPUs, where a launch costs as much as the products of a whole sample: blocks are one launch
/// for each sample and segment, and each slice of a block is a tensor of its own in the backward
/// pass. A CPU computes what it must, and there blocks without padding are faster. Padding stands
/// behind the rows of a sample, where the causal kernel does not look.
/// </remarks>
internal sealed class PaddedMmcaAttention
{
    private readonly PaddingPlan _plan;
    private readonly SentNumbers _sent;
    private readonly Tensor? _mask;
    private readonly Tensor? _seesImages;

    /// <summary>Makes the masks of a pass on its device; the layers share them.</summary>
    /// <param name="plan">The batch.</param>
    /// <param name="sent">Has what the plan packed.</param>
    /// <param name="groups">G</param>
    /// <param name="type">The type that is computed in.</param>
    public PaddedMmcaAttention(PaddingPlan plan, SentNumbers sent, long groups, ScalarType type)
    {
        (_plan, _sent) = (plan, sent);
        if (plan.ImageRowsSeen is not { } seen)
            return;
        Tensor seen_BT1 = sent.Integers(seen).view(plan.Samples, plan.Text.Longest, 1);
        using Scalar first = 0, end = plan.Images!.Longest;
        Tensor key_I = arange(first, end, HeldScalars.One, dtype: ScalarType.Int64, device: seen_BT1.device);
        // A row that sees nothing looks at the first key, and its result is multiplied by zero.
        Tensor mask_BTI = key_I.less(seen_BT1).logical_or(key_I.eq(first));
        _mask = mask_BTI.repeat(1, groups, 1).unsqueeze(1);
        _seesImages = seen_BT1.sign().to(type).unsqueeze(1);
    }

    /// <summary>The tensors that the backward pass of a recomputed layer needs.</summary>
    public IEnumerable<Tensor> Tensors => [.. _sent.Tensors, .. new[] { _mask, _seesImages }.OfType<Tensor>()];

    /// <summary>[rows, H]</summary>
    public Tensor Text(AttentionRows rows)
    {
        Tensor q_BNTD = Padded(rows.Query, _plan.Text);
        Tensor text_BNTD = BlockAttention.Causal(q_BNTD, Padded(rows.Key, _plan.Text), Padded(rows.Value, _plan.Text));
        if (_plan.Images is { } images)
        {
            Tensor seen_BNTD = Images(q_BNTD, Padded(rows.ImageKey!, images), Padded(rows.ImageValue!, images));
            text_BNTD = text_BNTD.Plus(seen_BNTD * _seesImages!);
        }

        Tensor padded_PH = text_BNTD.transpose(1, 2).flatten(2).flatten(0, 1);
        return _plan.Samples == 1 ? padded_PH : UnpadRows.Of(padded_PH, _sent.Integers(_plan.Text.Unpad));
    }

    // The kernel that takes a mask knows no groups: query heads of a group become rows.
    private Tensor Images(Tensor q_BNTD, Tensor k_BKID, Tensor v_BKID)
    {
        (long samples, long heads, long rows, long size) =
            (q_BNTD.shape[0], q_BNTD.shape[1], q_BNTD.shape[2], q_BNTD.shape[3]);
        Tensor q_BKMD = q_BNTD.reshape(samples, k_BKID.shape[1], heads / k_BKID.shape[1] * rows, size);
        Tensor mixed_BKMD = BlockAttention.Attend(q_BKMD, k_BKID, v_BKID, _mask, isCausal: false);
        return mixed_BKMD.reshape(samples, heads, rows, size);
    }

    // [B, heads, longest, D] from [rows, heads, D]
    private Tensor Padded(Tensor x_RND, PaddedKind kind)
    {
        Tensor padded = _plan.Samples == 1
            ? x_RND
            : PadRows.Of(x_RND, _sent.Integers(kind.Pad), _sent.Integers(kind.Unpad));
        return padded.view(_plan.Samples, kind.Longest, x_RND.shape[1], x_RND.shape[2]).transpose(1, 2);
    }
}
