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
    /// <param name="call">The layer, and where its failures go.</param>
    /// <param name="x">[rows, hidden]</param>
    /// <param name="others">What it is computed from beside.</param>
    public static Tensor Run(LayerCall call, Tensor x, params ReadOnlySpan<Tensor> others)
    {
        // TorchSharp makes an empty tensor of each output's size and never looks at it. It goes
        // with this scope, not with the pass: on a GPU it would double what checkpointing keeps.
        using DisposeScope scope = NewDisposeScope();

        // If no input asked for a gradient, autograd would ask none of the layer's weights either.
        Tensor input = x.requires_grad ? x : x.detach().requires_grad_();
        return apply([call, input, .. others]).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var call = (LayerCall)vars[0];
        Tensor[] inputs = [.. vars.Skip(1).Cast<Tensor>()];
        ctx.set_materialize_grads(false);
        ctx.save_for_backward([.. inputs]);
        ctx.save_data(CallKey, call);
        return call.Forward(inputs);
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var call = (LayerCall)ctx.get_data(CallKey);
        using DisposeScope scope = NewDisposeScope();
        List<Tensor> saved = ctx.get_saved_variables();
        if (grad_output.IsInvalid)
            return None(saved.Count); // The layer behind this one failed.
        try
        {
            using IDisposable gradients = enable_grad();
            Tensor[] inputs = [.. saved.Select(input => input.detach().requires_grad_(input.requires_grad))];
            autograd.backward([call.Forward(inputs)], [grad_output]);
            return [null!, .. ReturnedGradient.Of([.. inputs.Select(input => input.grad)])];
        }
#pragma warning disable CA1031 // An exception that passes the native frames above ends the process.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            call.Checkpointing.Failures.Add(exception);
            return None(saved.Count);
        }
        finally
        {
            grad_output.Dispose(); // This handle belongs to this call.
        }
    }

    private static List<Tensor> None(int inputs) => [.. Enumerable.Repeat<Tensor>(null!, 1 + inputs)];
}
