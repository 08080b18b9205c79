using VisualChat.Model.Native;
using VisualChat.Model.Transfers;
using static TorchSharp.torch;

namespace VisualChat.Model.Attention;

// B samples, T text rows and I image rows of the longest sample, W = T + I, N heads, K key-value
// heads, G query heads of a group, D head dim.

/// <summary>
/// <see cref="DeepSpeedMmcaAttention"/> in three launches: text to text, and the second softmax of
/// text and of images over keys of both kinds.
/// </summary>
/// <remarks>
/// Where the released code spreads evenly, the query is zero: all scores are then equal, and no
/// gradient reaches queries or keys, as the formula says. An image's second softmax takes keys of
/// images only if a sample begins with one, since those are many.
/// </remarks>
internal sealed class PaddedDeepSpeedMmcaAttention : PaddedAttention
{
    private readonly Tensor _textMask_B1MS;
    private readonly Tensor? _imageMask_B1MS;
    private readonly Tensor _looks_BW11;

    /// <inheritdoc cref="PaddedAttention.Of"/>
    public PaddedDeepSpeedMmcaAttention(PaddingPlan plan, SentNumbers sent, long groups, ScalarType type)
        : base(plan, sent)
    {
        // The rows of all heads of a group follow one another, so text is repeated apart from
        // images.
        Tensor mask_B1WS = Mask(plan.Rows, plan.Text, plan.Images, groups: 1, type);
        _textMask_B1MS = mask_B1WS.narrow(2, 0, plan.Text).repeat(1, 1, groups, 1);
        if (plan.Images > 0)
            _imageMask_B1MS = mask_B1WS.narrow(2, plan.Text, plan.Images).repeat(1, 1, groups, 1);
        _looks_BW11 = Looks(type);
    }

    /// <inheritdoc/>
    protected override IEnumerable<Tensor> Shared =>
        new[] { _textMask_B1MS, _imageMask_B1MS, _looks_BW11 }.OfType<Tensor>();

    /// <inheritdoc/>
    public override Tensor Attend(AttentionRows rows, bool needsImageRows)
    {
        HeadRows all = (rows.Stream ?? rows.Text).Select(heads => Plan.Rows.Spread(heads, Sent));
        // Split and not narrowed: see HeadRows.
        long[] kinds = [Plan.Text, Plan.Images];
        Tensor[] scored = (all.Query! * _looks_BW11).split(kinds, 1);
        Tensor[] query = all.Query!.split(kinds, 1), key = all.Key.split(kinds, 1), value = all.Value.split(kinds, 1);
        Tensor first_BTND = Causal(HeadRows.Of(query[0], key[0], value[0]));
        Tensor result_BWND = first_BTND.Plus(Attend(scored[0], all.Key, all.Value, _textMask_B1MS));
        if (_imageMask_B1MS is not null)
        {
            Tensor second_BIND = Plan.ImagesSeeImages
                ? Attend(scored[1], all.Key, all.Value, _imageMask_B1MS)
                : Attend(scored[1], key[0], value[0], _imageMask_B1MS);
            result_BWND = cat([result_BWND, WithOwn(second_BIND, value[1])], 1);
        }

        return Plan.Rows.Pack(result_BWND.flatten(2), Sent);
    }

    // [B, I, N, D] An image row's first softmax has one key: its result is the row's own value.
    private static Tensor WithOwn(Tensor second_BIND, Tensor v_BIKD)
    {
        (long heads, long keyHeads) = (second_BIND.shape[2], v_BIKD.shape[2]);
        Tensor second_BIKGD = second_BIND.unflatten(2, keyHeads, heads / keyHeads);
        return second_BIKGD.Plus(v_BIKD.unsqueeze(3)).flatten(2, 3);
    }
}
