using static TorchSharp.torch;

namespace VisualChat.Model.Weights;

/// <summary>
/// The weight of a linear map, wherever it is: a layer asks it for a product and does not know who
/// owns it (docs/decisions/0043).
/// </summary>
/// <param name="rows">Outputs of the map.</param>
/// <param name="columns">Inputs of the map.</param>
internal abstract class LinearWeight(long rows, long columns)
{
    /// <summary>Outputs of the map.</summary>
    public long Rows => rows;

    /// <summary>Inputs of the map.</summary>
    public long Columns => columns;

    /// <summary>[..., rows] of [..., columns].</summary>
    /// <param name="x">The input; the product is of its type.</param>
    /// <param name="bias">[rows], of the input's type; null: none is added.</param>
    public abstract Tensor Product(Tensor x, Tensor? bias);

    /// <summary>Some of the rows, in the same memory.</summary>
    public abstract LinearWeight Narrow(long first, long count);
}
