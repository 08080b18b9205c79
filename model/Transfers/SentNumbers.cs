using static TorchSharp.torch;

namespace VisualChat.Model.Transfers;

/// <summary><see cref="PackedNumbers"/> on the device.</summary>
internal sealed class SentNumbers(Tensor all)
{
    private readonly Tensor _integers = all.to(ScalarType.Int64);

    /// <summary>What the arrays are views of.</summary>
    public IEnumerable<Tensor> Tensors => [all, _integers];

    /// <summary>[length] One of the arrays of numbers; a view.</summary>
    public Tensor Integers(NumberRange range) => _integers.narrow(0, range.Start, range.Length);

    /// <summary>[length] One of the arrays, in double; a view.</summary>
    public Tensor Doubles(NumberRange range) => all.narrow(0, range.Start, range.Length);
}
