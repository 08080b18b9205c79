using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using TorchSharp;
using VisualChat.Model.Weights;
using static TorchSharp.torch;

namespace VisualChat.Model.Quantisation;

/// <summary>
/// A weight in 8 bits (arXiv 2208.07339), as bitsandbytes stores it: a whole number from -127 to
/// 127 for each value, and the largest magnitude of each row.
/// </summary>
/// <remarks>
/// Lending costs one pass on a CPU: a byte is read for each number that is written. On a GPU it is
/// four launches; a large weight is made in pieces, which bounds what they make on the way.
/// </remarks>
internal sealed class Int8Weight : LentWeight
{
    /// <summary>1 / 127, as bitsandbytes multiplies by it.</summary>
    private const float Step = 7.874015718698502e-3f;

    // Of numbers. On a GPU, a piece takes four bytes a number on the way.
    private const long PieceNumbers = 1 << 25;

    private static readonly Scalar HeldStep = Step;

    private readonly Tensor _codes;
    private readonly Tensor _absmax;
    private readonly bool _usesOperators;

    /// <param name="codes">[rows, columns] Int8, contiguous.</param>
    /// <param name="absmax">[rows] float32, contiguous.</param>
    /// <param name="usesOperators">
    /// Whether the device's operators compute; if not, the host.
    /// </param>
    public Int8Weight(Tensor codes, Tensor absmax, bool usesOperators) : base(codes.shape[0], codes.shape[1])
    {
        _codes = codes.DetachFromDisposeScope();
        _absmax = absmax.DetachFromDisposeScope();
        _usesOperators = usesOperators;
    }

    protected override IEnumerable<Tensor> Kept => [_codes, _absmax];

    public override Tensor Lend(ScalarType type)
    {
        Tensor values = empty([Rows, Columns], dtype: type, device: _codes.device);
        switch (type)
        {
            case var _ when _usesOperators:
                FillByOperators(values);
                break;
            case ScalarType.Float32:
                Dequantise<float>(values);
                break;
            case ScalarType.Float64:
                Dequantise<double>(values);
                break;
            case ScalarType.Float16:
                Dequantise<Half>(values);
                break;
            default:
                Dequantise<ushort>(values);
                break;
        }

        return values;
    }

    public override LentWeight Alias(BackwardFailures failures) =>
        new Int8Weight(_codes.alias(), _absmax.alias(), _usesOperators) { Failures = failures, IsPart = IsPart };

    public override LinearWeight Narrow(long first, long count) =>
        new Int8Weight(_codes.narrow(0, first, count), _absmax.narrow(0, first, count), _usesOperators)
        {
            Failures = Failures,
            IsPart = true,
        };

    /// <summary>Weights of one input as one.</summary>
    public static Int8Weight Join(IReadOnlyList<Int8Weight> parts)
    {
        using DisposeScope scope = NewDisposeScope();
        return new Int8Weight(
            cat([.. parts.Select(part => part._codes)], 0),
            cat([.. parts.Select(part => part._absmax)], 0),
            parts[0]._usesOperators)
        {
            Failures = parts[0].Failures,
        };
    }

    /// <summary>Codes and scales of numbers: of each row, the nearest of 255 even steps.</summary>
    /// <param name="values">[rows, columns] float32 of the host, contiguous.</param>
    /// <returns>On the host, of the caller's dispose scope; null: a number is not finite.</returns>
    public static (Tensor Codes, Tensor Absmax)? Quantise(Tensor values)
    {
        (long rows, int columns) = (values.shape[0], (int)values.shape[1]);
        Tensor codes = empty([rows, columns], dtype: ScalarType.Int8);
        Tensor absmax = empty(rows, dtype: ScalarType.Float32);
        bool areFinite = true;
        HostPieces.ForEachRows(rows, columns, (first, count) =>
        {
            ReadOnlySpan<float> numbers = HostPieces.Of<float>(values, first * columns, count * columns);
            Span<sbyte> bytes = HostPieces.Of<sbyte>(codes, first * columns, count * columns);
            Span<float> largest = HostPieces.Of<float>(absmax, first, count);
            for (int row = 0; row < count; row++)
            {
                largest[row] = Quantise(
                    numbers.Slice(row * columns, columns), bytes.Slice(row * columns, columns));
                if (!float.IsFinite(largest[row]))
                    Volatile.Write(ref areFinite, false);
            }
        });
        return areFinite ? (codes, absmax) : null;
    }

    private static float Quantise(ReadOnlySpan<float> numbers, Span<sbyte> codes)
    {
        float absmax = 0;
        foreach (float number in numbers)
            absmax = MathF.Max(absmax, MathF.Abs(number));
        float factor = absmax == 0 || !float.IsFinite(absmax) ? 0 : 127 / absmax;
        for (int index = 0; index < numbers.Length; index++)
            codes[index] = (sbyte)MathF.Round(numbers[index] * factor);
        return absmax;
    }

    private void Dequantise<T>(Tensor values) where T : unmanaged
    {
        int columns = (int)Columns;
        HostPieces.ForEachRows(Rows, columns, (first, count) =>
        {
            ReadOnlySpan<sbyte> codes = HostPieces.Of<sbyte>(_codes, first * columns, count * columns);
            Span<T> numbers = HostPieces.Of<T>(values, first * columns, count * columns);
            ReadOnlySpan<float> absmax = HostPieces.Of<float>(_absmax, first, count);
            for (int row = 0; row < count; row++)
                Dequantise(codes.Slice(row * columns, columns), absmax[row], numbers.Slice(row * columns, columns));
        });
    }

    private static void Dequantise<T>(ReadOnlySpan<sbyte> codes, float absmax, Span<T> numbers) where T : unmanaged
    {
        int done = 0;
        if (typeof(T) == typeof(float) || typeof(T) == typeof(ushort))
        {
            Span<float> wide = MemoryMarshal.Cast<T, float>(numbers);
            Span<ushort> narrow = MemoryMarshal.Cast<T, ushort>(numbers);
            for (; done + 16 <= codes.Length; done += 16)
            {
                (Vector128<short> first, Vector128<short> second) = Vector128.Widen(Vector128.Create(codes[done..]));
                (Vector128<float> a, Vector128<float> b) = Numbers(first, absmax);
                (Vector128<float> c, Vector128<float> d) = Numbers(second, absmax);
                if (typeof(T) == typeof(float))
                {
                    a.CopyTo(wide[done..]);
                    b.CopyTo(wide[(done + 4)..]);
                    c.CopyTo(wide[(done + 8)..]);
                    d.CopyTo(wide[(done + 12)..]);
                }
                else
                {
                    Rounded.ToBFloat16Bits(a, b).CopyTo(narrow[done..]);
                    Rounded.ToBFloat16Bits(c, d).CopyTo(narrow[(done + 8)..]);
                }
            }
        }

        for (; done < codes.Length; done++)
            numbers[done] = Rounded.To<T>(codes[done] * absmax * Step);
    }

    private static (Vector128<float> Lower, Vector128<float> Upper) Numbers(Vector128<short> codes, float absmax)
    {
        (Vector128<int> lower, Vector128<int> upper) = Vector128.Widen(codes);
        return (
            Vector128.ConvertToSingle(lower) * absmax * Step,
            Vector128.ConvertToSingle(upper) * absmax * Step);
    }

    private void FillByOperators(Tensor values)
    {
        using IDisposable frozen = no_grad();
        long rowsOfPiece = Math.Max(1, PieceNumbers / Columns);
        for (long first = 0; first < Rows; first += rowsOfPiece)
        {
            using DisposeScope piece = NewDisposeScope();
            long rows = Math.Min(rowsOfPiece, Rows - first);
            Tensor wide = _codes.narrow(0, first, rows).to(ScalarType.Float32);
            _ = wide.mul_(_absmax.narrow(0, first, rows).unsqueeze(1)).mul_(HeldStep);
            _ = values.narrow(0, first, rows).copy_(wide);
        }
    }
}
