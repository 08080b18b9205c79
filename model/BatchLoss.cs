using TorchSharp;
using VisualChat.Model.Language;
using VisualChat.Model.Weights;
using static TorchSharp.torch;

namespace VisualChat.Model;

/// <summary>
/// A batch's loss: the sum of its labelled tokens' cross entropy in nats. Sums, unlike means, add
/// up over batches.
/// </summary>
internal sealed class BatchLoss(
    Tensor sum, int tokens, ActivationCheckpointing? checkpointing, BackwardFailures failures) : IDisposable
{
    /// <summary>The sum, a scalar of float32 (of double if the model computes in double).</summary>
    public Tensor Sum => sum;

    /// <summary>Labelled tokens in the batch.</summary>
    public int Tokens => tokens;

    /// <summary>
    /// Adds the gradients of <see cref="Sum"/>, times a factor, to those of the trained weights.
    /// </summary>
    /// <param name="scale">
    /// One over the update's labelled tokens makes it the gradient of their mean.
    /// </param>
    /// <exception cref="AggregateException">
    /// A recomputed layer or a frozen weight failed; the gradients are unusable.
    /// </exception>
    public void Backward(double scale = 1)
    {
        // If only the projection is trained, a batch without images has nothing to teach it.
        if (!sum.requires_grad)
            return;
        using Scalar factor = scale; // Held: see HeldScalars.
        using Tensor scaled = sum * factor;
        scaled.backward();
        failures.ThrowIfAny();
        checkpointing?.ThrowIfFailed();
    }

    public void Dispose()
    {
        sum.Dispose();
        checkpointing?.Dispose();
    }
}
