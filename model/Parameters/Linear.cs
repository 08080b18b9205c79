using VisualChat.Model.Native;
using VisualChat.Model.Weights;
using static TorchSharp.torch;

namespace VisualChat.Model.Parameters;

/// <summary>
/// A linear map. Its numbers keep their own type (float32 masters, or a file's 16 bits) and are
/// cast to the input's type; if the types agree, nothing is cast.
/// </summary>
/// <remarks>
/// Lower bound: the product, 2 · rows · in · out operations, and twice that in the backward pass.
/// </remarks>
internal sealed record Linear(LinearWeight Weight, Tensor? Bias = null)
{
    // The number of packed rows differs from batch to batch. Padded to a multiple of this step it
    // is one of a few (see OneDnnProducts).
    private const long RowStep = 128;

    public Linear(Tensor weight, Tensor? bias = null) : this(new OwnWeight(weight), bias)
    {
    }

    public static Linear Of(ParameterSet parameters, string name, bool bias = false) =>
        new(parameters.Weight(name + ".weight"), bias ? parameters[name + ".bias"] : null);

    /// <summary>[..., out] from [..., in].</summary>
    public Tensor Apply(Tensor x)
    {
        if (!x.CompilesPerShape())
            return Product(x);
        long[] shape = x.shape;
        long rows = x.numel() / shape[^1];
        long padded = (rows + RowStep - 1) / RowStep * RowStep;
        if (rows < RowStep || rows == padded)
            return Product(x);
        Tensor filled = nn.functional.pad(x.reshape(rows, shape[^1]), [0, 0, 0, padded - rows]);
        return Product(filled).narrow(0, 0, rows).view([.. shape[..^1], Weight.Rows]);
    }

    /// <summary>A weight in the type of the input it is used with.</summary>
    public static Tensor Cast(Tensor weight, Tensor x) => weight.dtype == x.dtype ? weight : weight.to(x.dtype);

    private Tensor Product(Tensor x) =>
        Weight.Product(x, Bias is null ? null : Cast(Bias, x));
}
