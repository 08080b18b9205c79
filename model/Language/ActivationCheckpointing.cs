using static TorchSharp.torch;

namespace VisualChat.Model.Language;

/// <summary>
/// Makes a pass keep only the inputs of its layers and recompute each layer in the backward pass
/// (gradient checkpointing), and holds what that needs. Dispose of it after the backward pass.
/// </summary>
internal sealed class ActivationCheckpointing : IDisposable
{
    private readonly List<Tensor> _held = [];

    /// <summary>What layers threw in the backward pass.</summary>
    public List<Exception> Failures { get; } = [];

    /// <summary>
    /// Call it after the backward pass: an exception cannot be thrown through native frames.
    /// </summary>
    /// <exception cref="AggregateException">A layer failed; the gradients are unusable.</exception>
    public void ThrowIfFailed()
    {
        if (Failures.Count > 0)
            throw new AggregateException("A layer that was recomputed for its gradients failed.", Failures);
    }

    /// <summary>Holds tensors of the pass until disposal.</summary>
    public void Hold(IEnumerable<Tensor> tensors) =>
        _held.AddRange(tensors.Select(tensor => tensor.DetachFromDisposeScope()));

    public void Dispose()
    {
        foreach (Tensor tensor in _held)
            tensor.Dispose();
        _held.Clear();
    }
}
