using VisualChat.Model.TensorFiles;

namespace VisualChat.Model.Quantisation;

/// <summary>A weight that files hold quantised.</summary>
/// <param name="Format">How.</param>
/// <param name="Shape">[rows, columns] of the weight.</param>
/// <param name="Codes">Its codes.</param>
/// <param name="Scales">
/// NF4: a scale for each 64 values, float32 or in 8 bits. Int8: the largest magnitude of each row.
/// </param>
/// <param name="Nested">How scales in 8 bits are read; null: they are float32.</param>
internal sealed record QuantisedEntry(
    FrozenFormat Format, long[] Shape, TensorEntry Codes, TensorEntry Scales, QuantisedEntry.NestedEntry? Nested)
{
    /// <summary>How scales in 8 bits are read (<see cref="Nf4Scales.NestedScales"/>).</summary>
    public sealed record NestedEntry(TensorEntry Absmax, float Offset, float[] Map);
}
