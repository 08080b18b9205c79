using TorchSharp;
using VisualChat.Model.Native;
using static TorchSharp.torch;

namespace VisualChat.Model.Weights;

/// <summary>
/// A product with a weight that is lent for it. Its gradient is a product with the same weight,
/// which is lent once more: a plain product would keep the weight until then.
/// </summary>
/// <remarks>
/// It keeps nothing at all: the gradient needs no input, since the weight does not learn. The
/// weight is let go before the next one is borrowed, so one is there at a time.
/// </remarks>
internal sealed class LentProduct : autograd.SingleTensorFunction<LentProduct>
{
    private const string CallKey = "call";

    /// <inheritdoc/>
    public override string Name => nameof(LentProduct);

    /// <summary>[..., rows] of [..., columns].</summary>
    public static Tensor Of(Tensor x, LentWeight weight, Tensor? bias)
    {
        var call = new Call(weight, bias);
        if (!x.requires_grad || !is_grad_enabled())
            return call.Forward(x);
        using DisposeScope scope = NewDisposeScope(); // See CheckpointedLayer.Run.
        return apply(x, call).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        (Tensor x, Call call) = ((Tensor)vars[0], (Call)vars[1]);
        ctx.set_materialize_grads(false);
        ctx.save_data(CallKey, call with { Bias = null });
        return call.Forward(x);
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        if (grad_output.IsInvalid)
            return [null!, null!]; // What is behind this product failed.
        var call = (Call)ctx.get_data(CallKey);
        try
        {
            using DisposeScope scope = NewDisposeScope();
            using Tensor weight = call.Weight.Lend(grad_output.dtype);
            return [ReturnedGradient.Of(grad_output.matmul(weight)), null!];
        }
#pragma warning disable CA1031 // An exception that passes the native frames above ends the process.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            call.Weight.Failures.Add(exception);
            return [null!, null!];
        }
        finally
        {
            grad_output.Dispose(); // This handle belongs to this call.
        }
    }

    private sealed record Call(LentWeight Weight, Tensor? Bias)
    {
        public Tensor Forward(Tensor x)
        {
            using Tensor weight = Weight.Lend(x.dtype);
            return nn.functional.linear(x, weight, Bias);
        }
    }
}
