using TorchSharp;
using VisualChat.Model.Native;
using static TorchSharp.torch;

namespace VisualChat.Model.Attention;

// R packed rows, P padded rows.

/// <summary>
/// Packed rows spread out so that all samples are equally long. The gradient is gathered back: rows
/// of padding are copies whose gradient is zero.
/// </summary>
/// <remarks>
/// One gather each way. The gradient of a plain <c>index_select</c> clears a tensor and adds to it
/// atomically.
/// </remarks>
internal sealed class PadRows : autograd.SingleTensorFunction<PadRows>
{
    /// <inheritdoc/>
    public override string Name => nameof(PadRows);

    /// <summary>[P, ...] from [R, ...].</summary>
    /// <param name="packed">[R, ...]</param>
    /// <param name="pad_P">The packed row of each padded one.</param>
    /// <param name="unpad_R">The padded row of each packed one.</param>
    public static Tensor Of(Tensor packed, Tensor pad_P, Tensor unpad_R)
    {
        if (!packed.requires_grad)
            return packed.index_select(0, pad_P);
        using DisposeScope scope = NewDisposeScope(); // See CheckpointedLayer.Run.
        return apply(packed, pad_P, unpad_R).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        ctx.save_for_backward([(Tensor)vars[2]]);
        return ((Tensor)vars[0]).index_select(0, (Tensor)vars[1]);
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using (grad_output)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor packed = grad_output.index_select(0, ctx.get_saved_variables()[0]);
            return [ReturnedGradient.Of(packed), null!, null!];
        }
    }
}
