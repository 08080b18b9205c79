using static TorchSharp.torch;

namespace VisualChat.Model.TensorFiles;

/// <summary>A tensor in a file: its type and shape, and where its bytes lie.</summary>
/// <param name="Path">The file.</param>
/// <param name="Offset">Where the first element lies in the file, in bytes.</param>
/// <param name="Type">The element type.</param>
/// <param name="Shape">The size of each dimension.</param>
/// <param name="Strides">Elements from one entry of a dimension to the next.</param>
internal sealed record TensorEntry(string Path, long Offset, ScalarType Type, long[] Shape, long[] Strides)
{
    /// <summary>
    /// Bytes from the first element to the end of the last; 0 if the tensor is empty.
    /// </summary>
    public long ExtentBytes
    {
        get
        {
            if (Shape.Contains(0))
                return 0;
            long elements = checked(Shape.Zip(Strides, (size, stride) => (size - 1) * stride).Sum() + 1);
            return elements * ElementBytes(Type);
        }
    }

    /// <summary>Strides of a tensor whose elements lie in row-major order without gaps.</summary>
    public static long[] RowMajor(IReadOnlyList<long> shape)
    {
        long[] strides = new long[shape.Count];
        long step = 1;
        for (int dimension = shape.Count - 1; dimension >= 0; dimension--)
        {
            strides[dimension] = step;
            step = checked(step * Math.Max(1, shape[dimension]));
        }

        return strides;
    }

    public static int ElementBytes(ScalarType type) => type switch
    {
        ScalarType.Float64 or ScalarType.Int64 => 8,
        ScalarType.Float32 or ScalarType.Int32 => 4,
        ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Int16 => 2,
        _ => 1,
    };
}
