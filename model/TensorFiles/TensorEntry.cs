using static TorchSharp.torch;

namespace VisualChat.Model.TensorFiles;

/// <summary>A tensor in a file: its type and shape, and where its bytes lie.</summary>
/// <remarks>
/// Made by <see cref="TryPlace"/> only, so it lies within its bytes: no number of it overflows.
/// </remarks>
internal sealed record TensorEntry
{
    private TensorEntry()
    {
    }

    /// <summary>The file.</summary>
    public required string Path { get; init; }

    /// <summary>Where the first element lies in the file, in bytes.</summary>
    public required long Offset { get; init; }

    /// <summary>The element type.</summary>
    public required ScalarType Type { get; init; }

    /// <summary>The size of each dimension.</summary>
    public required long[] Shape { get; init; }

    /// <summary>Elements from one entry of a dimension to the next.</summary>
    public required long[] Strides { get; init; }

    /// <summary>
    /// Bytes from the first element to the end of the last; 0 if the tensor is empty.
    /// </summary>
    public required long ExtentBytes { get; init; }

    /// <summary>Bytes of all elements one after the other.</summary>
    public required long Bytes { get; init; }

    /// <summary>Whether the elements lie one after the other, in row-major order.</summary>
    public bool IsRowMajor => Bytes == ExtentBytes && Strides.AsSpan().SequenceEqual(RowMajor(Shape));

    /// <summary>
    /// A tensor within a range of a file; null if it does not lie within it: a size or a stride is
    /// negative, or a sum or product is larger than the range.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="range">The bytes that the tensor may use.</param>
    /// <param name="type">The element type.</param>
    /// <param name="shape">The size of each dimension.</param>
    /// <param name="strides">Elements from one entry of a dimension to the next.</param>
    /// <param name="first">The first element's place in the range, in elements.</param>
    public static TensorEntry? TryPlace(
        string path, ByteRange range, ScalarType type, long[] shape, long[] strides, long first = 0)
    {
        int bytes = ElementBytes(type);
        long room = range.Length / bytes;
        bool isNegative = first < 0 || shape.Any(size => size < 0) || strides.Any(stride => stride < 0);
        if (isNegative || shape.Length != strides.Length || first > room)
            return null;
        bool isEmpty = shape.Contains(0);
        Int128 count = isEmpty ? 0 : 1, extent = isEmpty ? 0 : 1;
        for (int dimension = 0; dimension < shape.Length && !isEmpty; dimension++)
        {
            // At most 2^63 each: no step leaves 128 bits.
            count *= shape[dimension];
            extent += ((Int128)shape[dimension] - 1) * strides[dimension];
            if (extent > room - first || count > long.MaxValue / bytes)
                return null;
        }

        if (extent > room - first)
            return null;
        return new TensorEntry
        {
            Path = path,
            Offset = range.Offset + (first * bytes),
            Type = type,
            Shape = shape,
            Strides = strides,
            ExtentBytes = (long)extent * bytes,
            Bytes = (long)count * bytes,
        };
    }

    /// <summary>
    /// Strides of a tensor whose elements lie in row-major order without gaps; null if there are
    /// more than 64 bits count.
    /// </summary>
    public static long[]? RowMajor(ReadOnlySpan<long> shape)
    {
        long[] strides = new long[shape.Length];
        Int128 step = 1;
        for (int dimension = shape.Length - 1; dimension >= 0; dimension--)
        {
            strides[dimension] = (long)step;
            step *= Math.Max(1, shape[dimension]);
            if (step > long.MaxValue)
                return null;
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
