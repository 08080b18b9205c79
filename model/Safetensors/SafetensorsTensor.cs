using System.Numerics;
using System.Runtime.InteropServices;
using TorchSharp;
using VisualChat.Model.TensorFiles;
using static TorchSharp.torch;

namespace VisualChat.Model.Safetensors;

/// <summary>A tensor to write: its name, type, shape and values in row-major order.</summary>
/// <remarks>The values are not copied; they must stay as they are until they are written.</remarks>
public sealed class SafetensorsTensor
{
    private const int PieceBytes = 1 << 22;

    private readonly Action<Stream> _write;

    private SafetensorsTensor(
        string name, string type, IReadOnlyList<long> shape, long byteLength, Action<Stream> write)
    {
        Name = name;
        Type = type;
        Shape = shape;
        ByteLength = byteLength;
        _write = write;
    }

    /// <summary>The name in the file.</summary>
    public string Name { get; }

    /// <summary>
    /// The element type as the format names it: <c>F32</c>, <c>BF16</c>, <c>I64</c>.
    /// </summary>
    public string Type { get; }

    /// <summary>The size of each dimension; a scalar has none.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>How many bytes the values take.</summary>
    public long ByteLength { get; }

    /// <summary>A tensor of 32-bit floats.</summary>
    /// <exception cref="ArgumentException">The shape holds another number of values.</exception>
    public static SafetensorsTensor Of(string name, IReadOnlyList<long> shape, ReadOnlyMemory<float> values) =>
        Make(name, "F32", shape, values);

    /// <summary>A tensor of 64-bit integers.</summary>
    /// <inheritdoc cref="Of(string, IReadOnlyList{long}, ReadOnlyMemory{float})"/>
    public static SafetensorsTensor Of(string name, IReadOnlyList<long> shape, ReadOnlyMemory<long> values) =>
        Make(name, "I64", shape, values);

    /// <summary>A tensor of 32-bit integers.</summary>
    /// <inheritdoc cref="Of(string, IReadOnlyList{long}, ReadOnlyMemory{float})"/>
    public static SafetensorsTensor Of(string name, IReadOnlyList<long> shape, ReadOnlyMemory<int> values) =>
        Make(name, "I32", shape, values);

    /// <summary>A tensor of bytes.</summary>
    /// <inheritdoc cref="Of(string, IReadOnlyList{long}, ReadOnlyMemory{float})"/>
    public static SafetensorsTensor Of(string name, IReadOnlyList<long> shape, ReadOnlyMemory<byte> values) =>
        Make(name, "U8", shape, values);

    /// <summary>A tensor whose bytes are given.</summary>
    /// <param name="name">The name in the file.</param>
    /// <param name="type">The element type as the format names it.</param>
    /// <param name="shape">The size of each dimension.</param>
    /// <param name="values">All elements, row-major and little-endian.</param>
    public static SafetensorsTensor OfBytes(
        string name, string type, IReadOnlyList<long> shape, ReadOnlyMemory<byte> values) =>
        new(name, type, shape, values.Length, output => WriteBytes(output, values.Span));

    /// <summary>A tensor of floating-point numbers, on any device and with any strides.</summary>
    /// <exception cref="ArgumentException">It holds another kind of number.</exception>
    public static SafetensorsTensor Of(string name, Tensor values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return Of(name, values.dtype, values.shape, () => values.alias());
    }

    /// <summary>The same of a tensor that is made when it is written.</summary>
    /// <param name="name">The name in the file.</param>
    /// <param name="type">The type of its numbers.</param>
    /// <param name="shape">The size of each dimension.</param>
    /// <param name="make">Makes it, in the dispose scope that it is written in.</param>
    /// <exception cref="ArgumentException">It is of another kind of number.</exception>
    internal static SafetensorsTensor Of(
        string name, ScalarType type, IReadOnlyList<long> shape, Func<Tensor> make)
    {
        string typeName = type switch
        {
            ScalarType.Float64 => "F64",
            ScalarType.Float32 => "F32",
            ScalarType.Float16 => "F16",
            ScalarType.BFloat16 => "BF16",
            _ => throw new ArgumentException($"'{name}' holds {type}, not floating-point numbers.", nameof(type)),
        };
        long bytes = shape.Aggregate(1L, (product, size) => product * size) * TensorEntry.ElementBytes(type);
        return new SafetensorsTensor(name, typeName, shape, bytes, output =>
        {
            using DisposeScope scope = NewDisposeScope();
            WritePieces(output, make());
        });
    }

    internal void Write(Stream output) => _write(output);

    private static SafetensorsTensor Make<T>(
        string name, string type, IReadOnlyList<long> shape, ReadOnlyMemory<T> values)
        where T : unmanaged, INumber<T>
    {
        long count = shape.Aggregate(1L, (product, size) => checked(product * size));
        if (count != values.Length || shape.Any(size => size < 0))
        {
            throw new ArgumentException(
                $"'{name}': the shape [{string.Join(", ", shape)}] does not hold {values.Length} values.",
                nameof(shape));
        }

        long bytes = (long)values.Length * Marshal.SizeOf<T>();
        return new SafetensorsTensor(name, type, shape, bytes, output => WriteBytes(output, values.Span));
    }

    // In pieces: the bytes of 2^31 elements do not fit one span.
    private static void WriteBytes<T>(Stream output, ReadOnlySpan<T> values) where T : unmanaged
    {
        const int Piece = 1 << 20;
        for (; values.Length > Piece; values = values[Piece..])
            output.Write(MemoryMarshal.AsBytes(values[..Piece]));
        output.Write(MemoryMarshal.AsBytes(values));
    }

    // Only a piece is copied at a time: the bytes of a whole tensor may not fit one span.
    private static void WritePieces(Stream output, Tensor values)
    {
        using DisposeScope scope = NewDisposeScope();
        long bytes = values.numel() * TensorEntry.ElementBytes(values.dtype);
        if (bytes == 0)
            return;
        if (bytes <= PieceBytes)
        {
            output.Write(values.detach().cpu().contiguous().bytes);
            return;
        }

        long entries = values.shape[0];
        if (entries == 1)
        {
            WritePieces(output, values[0]);
            return;
        }

        long step = Math.Max(1, PieceBytes * entries / bytes);
        for (long start = 0; start < entries; start += step)
            WritePieces(output, values.narrow(0, start, Math.Min(step, entries - start)));
    }
}
