using static TorchSharp.torch;

namespace VisualChat.Model.Language;

/// <summary>
/// Asks a pass to keep only its layers' inputs and to compute each layer again when its gradients are (gradient checkpointing), and holds
/// what that needs. Dispose of it after the gradients.
/// </summary>
public sealed class ActivationCheckpointing : IDisposable
{
    private readonly List<Tensor> _kept = [];
    private List<Tensor> _handed = [];

    internal List<Exception> Failures { get; } = [];

    /// <summary>To be called after the gradients: what goes wrong under native frames cannot be thrown there.</summary>
    /// <exception cref="AggregateException">A layer failed; no gradient can be relied on.</exception>
    public void ThrowIfFailed()
    {
        if (Failures.Count > 0)
            throw new AggregateException("A layer that was computed again for its gradients failed.", Failures);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tensor tensor in _kept)
            tensor.Dispose();
        _kept.Clear();
        _ = HandOver([]);
    }

    // The engine takes its own reference on return, so when the next layer hands over, those of the one before can go.
    internal List<Tensor> HandOver(List<Tensor> gradients)
    {
        foreach (Tensor tensor in _handed)
            tensor.Dispose();
        _handed = gradients;
        return gradients;
    }

    internal void Keep(IEnumerable<Tensor> tensors) => _kept.AddRange(tensors.Select(tensor => tensor.DetachFromDisposeScope()));
}
