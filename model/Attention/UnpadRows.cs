using TorchSharp;
using VisualChat.Model.Native;
using static TorchSharp.torch;

namespace VisualChat.Model.Attention;

// R packed rows, P padded rows.

/// <summary>Padded rows without the padding, which gets a gradient of zero.</summary>
internal sealed class UnpadRows : autograd.SingleTensorFunction<UnpadRows>
{
    private const string RowsKey = "rows";

    /// <inheritdoc/>
    public override string Name => nameof(UnpadRows);

    /// <summary>[R, ...] from [P, ...].</summary>
    /// <param name="padded">[P, ...]</param>
    /// <param name="unpad_R">The padded row of each packed one.</param>
    public static Tensor Of(Tensor padded, Tensor unpad_R)
    {
        if (!padded.requires_grad)
            return padded.index_select(0, unpad_R);
        using DisposeScope scope = NewDisposeScope(); // See CheckpointedLayer.Run.
        return apply(padded, unpad_R).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        (Tensor padded, Tensor unpad_R) = ((Tensor)vars[0], (Tensor)vars[1]);
        ctx.save_for_backward([unpad_R]);
        ctx.save_data(RowsKey, padded.shape[0]);
        return padded.index_select(0, unpad_R);
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using (grad_output)
        {
            using DisposeScope scope = NewDisposeScope();
            long[] shape = [(long)ctx.get_data(RowsKey), .. grad_output.shape[1..]];
            Tensor padded = zeros(shape, dtype: grad_output.dtype, device: grad_output.device);
            _ = padded.index_copy_(0, ctx.get_saved_variables()[0], grad_output);
            return [ReturnedGradient.Of(padded), null!];
        }
    }
}
