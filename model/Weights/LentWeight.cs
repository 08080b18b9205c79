using static TorchSharp.torch;

namespace VisualChat.Model.Weights;

/// <summary>
/// A frozen weight that is there for one product at a time: made from fewer bits, or fetched from
/// where it is kept. The backward pass borrows it once more, so nothing of it is kept in between.
/// </summary>
/// <param name="rows">Outputs of the map.</param>
/// <param name="columns">Inputs of the map.</param>
internal abstract class LentWeight(long rows, long columns) : LinearWeight(rows, columns), IDisposable
{
    /// <summary>Where a backward pass reports that a weight could not be lent.</summary>
    public BackwardFailures Failures { get; init; } = new();

    /// <summary>Bytes that the weight takes while nobody borrows it.</summary>
    public long KeptBytes => Kept.Sum(tensor => tensor.numel() * tensor.element_size());

    /// <summary>Whether its memory is a part of a joined weight's.</summary>
    public bool IsPart { get; init; }

    /// <summary>What the weight is made from.</summary>
    protected abstract IEnumerable<Tensor> Kept { get; }

    /// <summary>[rows, columns] in a type; the borrower disposes of it.</summary>
    public abstract Tensor Lend(ScalarType type);

    /// <summary>The same weight in the same memory, that reports to another place.</summary>
    public abstract LentWeight Alias(BackwardFailures failures);

    public override Tensor Product(Tensor x, Tensor? bias) => LentProduct.Of(x, this, bias);

    public void Dispose()
    {
        foreach (Tensor tensor in Kept)
            tensor.Dispose();
    }
}
