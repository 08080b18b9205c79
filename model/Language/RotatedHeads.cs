using TorchSharp;
using VisualChat.Model.Native;
using static TorchSharp.torch;

namespace VisualChat.Model.Language;

// R rows, M heads, D head dim.

/// <summary>
/// Heads of a product rotated where they lie, with gradients: queries, keys and values stay one
/// tensor, and none of them is kept twice.
/// </summary>
/// <remarks>Three kernels each way, and one more where some heads are not rotated.</remarks>
internal sealed class RotatedHeads : autograd.SingleTensorFunction<RotatedHeads>
{
    private const string HeadsKey = "heads";

    /// <inheritdoc/>
    public override string Name => nameof(RotatedHeads);

    /// <inheritdoc cref="RotaryPositions.Rotated"/>
    public static Tensor Of(Tensor x_RMD, RotaryPositions positions, long heads)
    {
        using DisposeScope scope = NewDisposeScope(); // See CheckpointedLayer.Run.
        return apply(x_RMD, positions.Cos, positions.Sin, heads).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        (Tensor x_RMD, long heads) = ((Tensor)vars[0], (long)vars[3]);
        var positions = new RotaryPositions((Tensor)vars[1], (Tensor)vars[2]);
        ctx.save_for_backward([positions.Cos, positions.Sin]);
        ctx.save_data(HeadsKey, heads);
        positions.Turn(x_RMD.narrow(1, 0, heads));
        return x_RMD.detach(); // The same memory, which nothing else reads any more.
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using (grad_output)
        {
            using DisposeScope scope = NewDisposeScope();
            List<Tensor> saved = ctx.get_saved_variables();
            var positions = new RotaryPositions(saved[0], saved[1]);
            long heads = (long)ctx.get_data(HeadsKey), others = grad_output.shape[1] - heads;
            Tensor turned = positions.TurnedBack(grad_output.narrow(1, 0, heads));
            Tensor gradient = others == 0 ? turned : cat([turned, grad_output.narrow(1, heads, others)], 1);
            return [ReturnedGradient.Of(gradient), null!, null!, null!];
        }
    }
}
