using TorchSharp;
using VisualChat.Model.Language;
using static TorchSharp.torch;

namespace VisualChat.Model;

/// <summary>A batch's loss: the sum of its labelled tokens' cross entropy in nats, so that batches add up to the same as their samples alone.</summary>
public sealed class BatchLoss : IDisposable
{
    private readonly ActivationCheckpointing? _checkpointing;

    internal BatchLoss(Tensor sum, int tokens, ActivationCheckpointing? checkpointing)
    {
        Sum = sum;
        Tokens = tokens;
        _checkpointing = checkpointing;
    }

    /// <summary>The sum, a scalar of float32 (of double, where the model computes in it).</summary>
    public Tensor Sum { get; }

    /// <summary>Labelled tokens in the batch.</summary>
    public int Tokens { get; }

    /// <summary>Adds the gradients of <see cref="Sum"/>, times a factor, to those of what is trained.</summary>
    /// <param name="scale">One over the update's labelled tokens makes it the gradient of their mean.</param>
    /// <exception cref="AggregateException">A recomputed layer failed; no gradient can be relied on.</exception>
    public void Backward(double scale = 1)
    {
        // Where the projection alone is trained, a batch without images has nothing to teach it.
        if (!Sum.requires_grad)
            return;
        using Scalar factor = scale; // Held: see HeldScalars.
        using Tensor scaled = Sum * factor;
        scaled.backward();
        _checkpointing?.ThrowIfFailed();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Sum.Dispose();
        _checkpointing?.Dispose();
    }
}
