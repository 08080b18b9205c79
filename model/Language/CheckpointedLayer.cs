using TorchSharp;
using static TorchSharp.torch;

namespace VisualChat.Model.Language;

/// <summary>
/// A layer that keeps its inputs alone and computes itself again when its gradients are asked for (gradient checkpointing,
/// arXiv 1604.06174): one more forward pass, for memory of one layer instead of all.
/// </summary>
internal sealed class CheckpointedLayer : autograd.MultiTensorFunction<CheckpointedLayer>
{
    private const string ComputationKey = "computation";

    /// <inheritdoc/>
    public override string Name => nameof(CheckpointedLayer);

    /// <summary>Runs a layer.</summary>
    /// <param name="text">[text rows, hidden]</param>
    /// <param name="image">[image rows, hidden]; null without images.</param>
    /// <param name="computation">The layer, and where its failures go.</param>
    public static (Tensor Text, Tensor? Image) Run(Tensor text, Tensor? image, LayerCall computation)
    {
        // Without an input that asks for a gradient, none would be asked of the layer's weights either.
        Tensor input = text.requires_grad || image is { requires_grad: true } ? text : text.detach().requires_grad_();
        List<Tensor> outputs = image is null ? apply(input, computation) : apply(input, image, computation);
        return (outputs[0], outputs.Count > 1 ? outputs[1] : null);
    }

    /// <inheritdoc/>
    public override List<Tensor> forward(autograd.AutogradContext ctx, params object[] vars)
    {
        ctx.set_materialize_grads(false);
        ctx.save_for_backward([.. vars.OfType<Tensor>()]);
        LayerCall computation = ((LayerCall)vars[^1]) with { Inputs = vars.Length - 1 };
        ctx.save_data(ComputationKey, computation);
        return Outputs(computation, [.. vars.OfType<Tensor>()]);
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, List<Tensor> grad_outputs)
    {
        var computation = (LayerCall)ctx.get_data(ComputationKey);
        try
        {
            using DisposeScope scope = NewDisposeScope();
            using IDisposable gradients = enable_grad();
            List<Tensor> inputs = [.. ctx.get_saved_variables().Select(input => input.detach().requires_grad_())];
            List<Tensor> outputs = Outputs(computation, inputs);
            int[] used = [.. Enumerable.Range(0, outputs.Count).Where(index => !grad_outputs[index].IsInvalid)];
            autograd.backward([.. used.Select(index => outputs[index])], [.. used.Select(index => grad_outputs[index])]);
            return [.. computation.Checkpointing.HandOver([.. inputs.Select(input => input.grad!.DetachFromDisposeScope())]), null!];
        }
#pragma warning disable CA1031 // Native frames lie above: an exception that passes them ends the process.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            computation.Checkpointing.Failures.Add(exception);
            return [.. Enumerable.Repeat<Tensor>(null!, computation.Inputs), null!];
        }
        finally
        {
            // Handles of this call's own, made in whatever scope the caller has.
            foreach (Tensor gradient in grad_outputs)
                if (!gradient.IsInvalid)
                    gradient.Dispose();
        }
    }

    private static List<Tensor> Outputs(LayerCall computation, List<Tensor> inputs)
    {
        (Tensor text, Tensor? image) = computation.Forward(inputs[0], inputs.Count > 1 ? inputs[1] : null);
        return image is null ? [text] : [text, image];
    }
}
