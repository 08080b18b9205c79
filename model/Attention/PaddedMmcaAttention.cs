using VisualChat.Model.Native;
using VisualChat.Model.Transfers;
using static TorchSharp.torch;

namespace VisualChat.Model.Attention;

/// <summary>
/// <see cref="MmcaAttention"/> in two launches, and causal attention in one. Where image rows
/// attend to everything before them, a third computes all rows in reading order.
/// </summary>
/// <remarks>
/// The third wants no mask, which would be of image rows × all rows. What it computes of text rows
/// is thrown away: those are few beside the images.
/// </remarks>
internal sealed class PaddedMmcaAttention : PaddedAttention
{
    private readonly ReadingOrder? _order;
    private readonly Tensor? _mask_B1MS;
    private readonly Tensor? _looks_BW11;

    /// <inheritdoc cref="PaddedAttention.Of"/>
    public PaddedMmcaAttention(
        PaddingPlan plan, ReadingOrder? order, SentNumbers sent, long groups, ScalarType type) : base(plan, sent)
    {
        _order = order;
        if (plan.ImageRows is not { } images)
            return;
        _mask_B1MS = Mask(plan.Rows, textKeys: 0, images.Width, groups, type);
        _looks_BW11 = Looks(type);
    }

    /// <inheritdoc/>
    protected override IEnumerable<Tensor> Shared => new[] { _mask_B1MS, _looks_BW11 }.OfType<Tensor>();

    /// <inheritdoc/>
    public override Tensor Attend(AttentionRows rows, bool needsImageRows)
    {
        HeadRows text = rows.Text.Select(all => Plan.Rows.Spread(all, Sent));
        Tensor result_BWND = Causal(text);
        if (Plan.ImageRows is { } images)
        {
            HeadRows image = rows.Image!.Apart().KeyValue.Select(all => images.Spread(all, Sent));
            Tensor seen_BWND = Attend(text.Query!, image.Key, image.Value, _mask_B1MS!);
            result_BWND = result_BWND.addcmul(seen_BWND, _looks_BW11!, HeldScalars.One);
        }

        Tensor text_TH = Plan.Rows.Pack(result_BWND.flatten(2), Sent);
        if (!needsImageRows)
            return text_TH;
        if (_order is null)
            return MmcaAttention.WithImages(text_TH, rows.Image!.Value);
        Tensor all_BWND = Causal(_order.Spread(rows.Stream!));
        return cat([text_TH, _order.PackLast(all_BWND.flatten(2), rows.Image!.Key.shape[0])], 0);
    }
}
