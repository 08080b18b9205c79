using TorchSharp;
using VisualChat.Model.Attention;
using VisualChat.Model.Native;
using VisualChat.Model.Transfers;
using static TorchSharp.torch;

namespace VisualChat.Model.CrossAttention;

// R packed rows, I packed visual tokens, B samples, W rows and S visual tokens of a padded sample,
// N heads, M = 2 · N, D head dim.

/// <summary>
/// Attention to visual tokens in one launch whatever the batch, over samples padded to one length,
/// for GPUs (<see cref="PaddedAttention"/> says why).
/// </summary>
internal sealed class PaddedMediaAttention
{
    // See PaddedAttention: kernels read a mask's rows in pieces of so many numbers.
    private const int MaskAlignment = 8;

    private readonly MediaPlan.PaddedMedia _plan;
    private readonly SentNumbers _sent;
    private readonly Tensor _mask_B1WS;
    private readonly Tensor _looks_BW11;

    private PaddedMediaAttention(MediaPlan.PaddedMedia plan, SentNumbers sent, Tensor mask_B1WS, Tensor looks_BW11) =>
        (_plan, _sent, _mask_B1WS, _looks_BW11) = (plan, sent, mask_B1WS, looks_BW11);

    /// <summary>The tensors that the backward pass of a recomputed layer needs.</summary>
    public IEnumerable<Tensor> Tensors => [.. _sent.Tensors, _mask_B1WS, _looks_BW11];

    /// <summary>Makes the attention of a pass on its device.</summary>
    /// <param name="plan">The batch.</param>
    /// <param name="sent">Has what the plan packed.</param>
    /// <param name="type">The type that is computed in.</param>
    public static PaddedMediaAttention Of(MediaPlan.PaddedMedia plan, SentNumbers sent, ScalarType type)
    {
        using DisposeScope scope = NewDisposeScope();
        long[] perRow = [plan.Rows.Samples, plan.Rows.Width, 1];
        Tensor first_BW1 = sent.Integers(plan.First).view(perRow), end_BW1 = sent.Integers(plan.End).view(perRow);
        using Scalar zero = 0, forbidden = double.NegativeInfinity;
        using Scalar width = (plan.Media.Width + MaskAlignment - 1) / MaskAlignment * MaskAlignment;
        Tensor column_S = arange(zero, width, HeldScalars.One, dtype: ScalarType.Int64, device: first_BW1.device);
        Tensor seen_BWS = column_S.ge(first_BW1).logical_and(column_S.less(end_BW1));
        Tensor mask_BWS = zeros(seen_BWS.shape, dtype: type, device: seen_BWS.device)
            .masked_fill_(seen_BWS.logical_not(), forbidden);
        Tensor looks_BW11 = sent.Doubles(plan.Looks).view(plan.Rows.Samples, plan.Rows.Width, 1, 1).to(type);
        return new PaddedMediaAttention(
            plan, sent, mask_BWS.unsqueeze(1).MoveToOuterDisposeScope(), looks_BW11.MoveToOuterDisposeScope());
    }

    /// <summary>What each row sees of its sample's visual tokens.</summary>
    /// <param name="query_RND">The rows' queries.</param>
    /// <param name="keyValue_IMD">Keys, then values.</param>
    /// <returns>[R, N · D]</returns>
    public Tensor Attend(Tensor query_RND, Tensor keyValue_IMD)
    {
        Tensor query_BWND = _plan.Rows.Spread(query_RND, _sent);
        Tensor keyValue_BSMD = _plan.Media.Spread(keyValue_IMD, _sent);
        Tensor[] keyValue_BSND = keyValue_BSMD.split(query_RND.shape[1], 2);
        Tensor seen_BWND = BlockAttention
            .Attend(
                query_BWND.transpose(1, 2),
                keyValue_BSND[0].transpose(1, 2),
                keyValue_BSND[1].transpose(1, 2),
                _mask_B1WS.narrow(-1, 0, _plan.Media.Width),
                isCausal: false)
            .transpose(1, 2);
        return _plan.Rows.Pack((seen_BWND * _looks_BW11).flatten(2), _sent);
    }
}
