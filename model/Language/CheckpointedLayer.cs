using TorchSharp;
using VisualChat.Model.Native;
using static TorchSharp.torch;

namespace VisualChat.Model.Language;

/// <summary>
/// A layer that keeps only its inputs and recomputes itself in the backward pass (activation
/// checkpointing, arXiv 1604.06174): one more forward pass, for the memory of one layer instead of
/// all.
/// </summary>
internal sealed class CheckpointedLayer : autograd.SingleTensorFunction<CheckpointedLayer>
{
    private const string CallKey = "call";

    /// <inheritdoc/>
    public override string Name => nameof(CheckpointedLayer);

    /// <summary>Computes a layer.</summary>
    /// <param name="x">[rows, hidden]</param>
    /// <param name="call">The layer, and where its failures go.</param>
    public static Tensor Run(Tensor x, LayerCall call)
    {
        // TorchSharp makes an empty tensor of each output's size and never looks at it. It goes
        // with this scope, not with the pass: on a GPU it would double what checkpointing keeps.
        using DisposeScope scope = NewDisposeScope();

        // If no input asked for a gradient, autograd would ask none of the layer's weights either.
        Tensor input = x.requires_grad ? x : x.detach().requires_grad_();
        return apply(input, call).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        (Tensor x, LayerCall call) = ((Tensor)vars[0], (LayerCall)vars[1]);
        ctx.set_materialize_grads(false);
        ctx.save_for_backward([x]);
        ctx.save_data(CallKey, call);
        return call.Forward(x);
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var call = (LayerCall)ctx.get_data(CallKey);
        if (grad_output.IsInvalid)
            return [null!, null!]; // The layer behind this one failed.
        try
        {
            using DisposeScope scope = NewDisposeScope();
            using IDisposable gradients = enable_grad();
            Tensor input = ctx.get_saved_variables()[0].detach().requires_grad_();
            autograd.backward([call.Forward(input)], [grad_output]);
            return [ReturnedGradient.Of(input.grad!), null!];
        }
#pragma warning disable CA1031 // An exception that passes the native frames above ends the process.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            call.Checkpointing.Failures.Add(exception);
            return [null!, null!];
        }
        finally
        {
            grad_output.Dispose(); // This handle belongs to this call.
        }
    }
}
