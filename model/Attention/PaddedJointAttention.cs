using VisualChat.Model.Transfers;
using static TorchSharp.torch;

namespace VisualChat.Model.Attention;

// B samples, T text rows and W rows of the longest sample, N heads, G query heads of a group, D
// head dim, H = N · D.

/// <summary>
/// <see cref="JointAttention"/> of text rows in one launch: a mask of the rows up to each, over
/// keys in reading order. Image rows are their values.
/// </summary>
/// <remarks>
/// The T × W products are those of mmca and half of text to text once more. Two softmaxes merged by
/// their sums would save them, for two launches more.
/// </remarks>
internal sealed class PaddedJointAttention : PaddedAttention
{
    private readonly Tensor _mask_B1MS;

    /// <inheritdoc cref="PaddedAttention.Of"/>
    public PaddedJointAttention(
        PaddingPlan plan, ReadingOrder order, SentNumbers sent, long groups, ScalarType type) : base(plan, sent) =>
        _mask_B1MS = Mask(plan.Rows, textKeys: order.Width, imageKeys: 0, groups, type);

    /// <inheritdoc/>
    protected override IEnumerable<Tensor> Shared => [_mask_B1MS];

    /// <inheritdoc/>
    public override Tensor Attend(AttentionRows rows, bool needsImageRows)
    {
        HeadRows inOrder = rows.InOrder!;
        Tensor q_BTND = Plan.Rows.Spread(rows.Text.Query!, Sent);
        Tensor result_BTND = Attend(q_BTND, inOrder.Key, inOrder.Value, _mask_B1MS);
        Tensor text_TH = Plan.Rows.Pack(result_BTND.flatten(2), Sent);
        return needsImageRows ? MmcaAttention.WithImages(text_TH, rows.Image!.Value) : text_TH;
    }
}
