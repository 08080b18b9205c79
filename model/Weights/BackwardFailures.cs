namespace VisualChat.Model.Weights;

/// <summary>
/// What went wrong in functions of a backward pass, where nothing can be thrown through the native
/// frames above them.
/// </summary>
internal sealed class BackwardFailures
{
    private readonly Lock _lock = new();
    private readonly List<Exception> _failures = [];

    /// <summary>Any thread may call it.</summary>
    public void Add(Exception failure)
    {
        lock (_lock)
            _failures.Add(failure);
    }

    /// <summary>Call it after the backward pass. What was reported is forgotten.</summary>
    /// <exception cref="AggregateException">
    /// Something failed; the gradients are unusable.
    /// </exception>
    public void ThrowIfAny()
    {
        lock (_lock)
        {
            if (_failures.Count == 0)
                return;
            Exception[] failures = [.. _failures];
            _failures.Clear();
            throw new AggregateException("A frozen weight could not be made for its gradients.", failures);
        }
    }
}
