using VisualChat.Model.Native;
using static TorchSharp.torch;

namespace VisualChat.Model.Parameters;

/// <summary>A linear map whose weight stays in the type it is kept in and is cast to its input's: float32 masters, or a file's 16 bits.</summary>
/// <remarks>Where the types agree nothing is cast. The product is the floor: 2 · rows · in · out operations, twice that again backwards.</remarks>
internal sealed record Linear(Tensor Weight, Tensor? Bias = null)
{
    public static Linear Of(ParameterSet parameters, string name, bool bias = false) =>
        new(parameters[name + ".weight"], bias ? parameters[name + ".bias"] : null);

    // Packed rows are a different number every time; filled up to a multiple of this they are one of a few (see OneDnnProducts).
    private const long RowStep = 128;

    public Tensor Apply(Tensor x)
    {
        if (!x.CompilesPerShape())
            return Product(x);
        long[] shape = x.shape;
        long rows = x.numel() / shape[^1], filled = (rows + RowStep - 1) / RowStep * RowStep;
        return rows < RowStep || rows == filled
            ? Product(x)
            : Product(nn.functional.pad(x.reshape(rows, shape[^1]), [0, 0, 0, filled - rows])).narrow(0, 0, rows).view([.. shape[..^1], Weight.shape[0]]);
    }

    private Tensor Product(Tensor x) => nn.functional.linear(x, Cast(Weight, x), Bias is null ? null : Cast(Bias, x));

    /// <summary>A weight in the type of what it meets.</summary>
    public static Tensor Cast(Tensor weight, Tensor x) => weight.dtype == x.dtype ? weight : weight.to(x.dtype);
}
