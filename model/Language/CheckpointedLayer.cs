using TorchSharp;
using static TorchSharp.torch;

namespace VisualChat.Model.Language;

/// <summary>
/// A layer that keeps only its inputs and recomputes itself in the backward pass (activation
/// checkpointing, arXiv 1604.06174): one more forward pass, for the memory of one layer instead of
/// all.
/// </summary>
internal sealed class CheckpointedLayer : autograd.MultiTensorFunction<CheckpointedLayer>
{
    private const string CallKey = "call";

    /// <inheritdoc/>
    public override string Name => nameof(CheckpointedLayer);

    /// <summary>Computes a layer.</summary>
    /// <param name="text">[text rows, hidden]</param>
    /// <param name="image">[image rows, hidden]; null without images.</param>
    /// <param name="call">The layer, and where its failures go.</param>
    public static (Tensor Text, Tensor? Image) Run(Tensor text, Tensor? image, LayerCall call)
    {
        // TorchSharp makes an empty tensor of each output's size and never looks at it. It goes
        // with this scope, not with the pass: on a GPU it would double what checkpointing keeps.
        using DisposeScope scope = NewDisposeScope();

        // If no input asked for a gradient, autograd would ask none of the layer's weights either.
        bool asksForGradient = text.requires_grad || image is { requires_grad: true };
        Tensor input = asksForGradient ? text : text.detach().requires_grad_();
        List<Tensor> outputs = image is null ? apply(input, call) : apply(input, image, call);
        return (
            outputs[0].MoveToOuterDisposeScope(),
            outputs.Count > 1 ? outputs[1].MoveToOuterDisposeScope() : null);
    }

    /// <inheritdoc/>
    public override List<Tensor> forward(autograd.AutogradContext ctx, params object[] vars)
    {
        ctx.set_materialize_grads(false);
        ctx.save_for_backward([.. vars.OfType<Tensor>()]);
        LayerCall call = ((LayerCall)vars[^1]) with { Inputs = vars.Length - 1 };
        ctx.save_data(CallKey, call);
        return Outputs(call, [.. vars.OfType<Tensor>()]);
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, List<Tensor> grad_outputs)
    {
        var call = (LayerCall)ctx.get_data(CallKey);
        try
        {
            using DisposeScope scope = NewDisposeScope();
            using IDisposable gradients = enable_grad();
            List<Tensor> inputs =
                [.. ctx.get_saved_variables().Select(input => input.detach().requires_grad_())];
            List<Tensor> outputs = Outputs(call, inputs);
            int[] used = [.. Enumerable.Range(0, outputs.Count).Where(index => !grad_outputs[index].IsInvalid)];
            autograd.backward(
                [.. used.Select(index => outputs[index])], [.. used.Select(index => grad_outputs[index])]);
            List<Tensor> results = [.. inputs.Select(input => input.grad!.DetachFromDisposeScope())];
            return [.. call.Checkpointing.HoldReturned(results), null!];
        }
#pragma warning disable CA1031 // An exception that passes the native frames above ends the process.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            call.Checkpointing.Failures.Add(exception);
            return [.. Enumerable.Repeat<Tensor>(null!, call.Inputs), null!];
        }
        finally
        {
            // These handles belong to this call; they were made in whatever scope the caller has.
            foreach (Tensor gradient in grad_outputs)
            {
                if (!gradient.IsInvalid)
                    gradient.Dispose();
            }
        }
    }

    private static List<Tensor> Outputs(LayerCall call, List<Tensor> inputs)
    {
        (Tensor text, Tensor? image) = call.Forward(inputs[0], inputs.Count > 1 ? inputs[1] : null);
        return image is null ? [text] : [text, image];
    }
}
