namespace VisualChat.Model.Quantisation;

/// <summary>What follows from a format alone.</summary>
public static class FrozenFormats
{
    /// <summary><c>int8</c> or <c>nf4</c>, as recipes and libraries write it.</summary>
    public static string Name(this FrozenFormat format) => format == FrozenFormat.Int8 ? "int8" : "nf4";

    /// <summary>Bytes of a matrix with its scales.</summary>
    /// <param name="format">The format.</param>
    /// <param name="rows">Its rows.</param>
    /// <param name="columns">Its columns.</param>
    internal static Int128 BytesOf(FrozenFormat format, long rows, long columns)
    {
        Int128 count = (Int128)rows * columns;
        if (format == FrozenFormat.Int8)
            return count + (sizeof(float) * (Int128)rows);
        Int128 blocks = (count + Nf4Code.BlockSize - 1) / Nf4Code.BlockSize;
        Int128 nested = (blocks + Nf4Code.NestedBlockSize - 1) / Nf4Code.NestedBlockSize;
        return ((count + 1) / 2) + blocks + (2 * sizeof(float) * nested);
    }
}
