using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace VisualChat.Model.Quantisation;

/// <summary>NF4 to numbers and back on the host, in one pass, by all cores.</summary>
internal static class Nf4Host
{
    /// <summary>Fills a tensor with the values of codes.</summary>
    /// <remarks>
    /// The sixteen values of a block are scaled and rounded once, and then only looked up: a number
    /// costs a quarter of a multiplication.
    /// </remarks>
    /// <param name="codes">Two in a byte, the first in the high half.</param>
    /// <param name="scales">One for each 64 values.</param>
    /// <param name="values">Any floating-point type, contiguous.</param>
    public static void Dequantise(Tensor codes, Nf4Scales scales, Tensor values)
    {
        switch (values.dtype)
        {
            case ScalarType.Float32:
                Dequantise<float>(codes, scales, values);
                break;
            case ScalarType.Float64:
                Dequantise<double>(codes, scales, values);
                break;
            case ScalarType.Float16:
                Dequantise<Half>(codes, scales, values);
                break;
            default:
                Dequantise<ushort>(codes, scales, values);
                break;
        }
    }

    /// <summary>Codes and scales of numbers.</summary>
    /// <param name="values">Float32, contiguous.</param>
    /// <param name="codes">Bytes; receives two codes in each.</param>
    /// <param name="absmax">[blocks] Receives the scales.</param>
    /// <returns>False: a number is not finite, and what was made is of no use.</returns>
    public static bool Quantise(Tensor values, Tensor codes, float[] absmax)
    {
        bool areFinite = true;
        HostPieces.ForEach(values.numel(), (first, count) =>
        {
            ReadOnlySpan<float> numbers = HostPieces.Of<float>(values, first, count);
            Span<byte> bytes = HostPieces.Of<byte>(codes, first / 2, (count + 1) / 2);
            int block = (int)(first / Nf4Code.BlockSize);
            for (int start = 0; start < count; start += Nf4Code.BlockSize, block++)
            {
                ReadOnlySpan<float> ofBlock = numbers[start..Math.Min(count, start + Nf4Code.BlockSize)];
                absmax[block] = Quantise(ofBlock, bytes.Slice(start / 2, (ofBlock.Length + 1) / 2));
                if (!float.IsFinite(absmax[block]))
                    Volatile.Write(ref areFinite, false);
            }
        });
        return areFinite;
    }

    private static void Dequantise<T>(Tensor codes, Nf4Scales scales, Tensor values) where T : unmanaged =>
        HostPieces.ForEach(values.numel(), (first, count) =>
        {
            ReadOnlySpan<byte> bytes = HostPieces.Of<byte>(codes, first / 2, (count + 1) / 2);
            Span<T> numbers = HostPieces.Of<T>(values, first, count);
            float[] ofBlocks = new float[(count + Nf4Code.BlockSize - 1) / Nf4Code.BlockSize];
            scales.Read(first / Nf4Code.BlockSize, ofBlocks);
            Span<T> table = stackalloc T[16];
            for (int block = 0; block < ofBlocks.Length; block++)
            {
                for (int index = 0; index < table.Length; index++)
                    table[index] = Rounded.To<T>(Nf4Code.Values[index] * ofBlocks[block]);
                int start = block * Nf4Code.BlockSize, length = Math.Min(Nf4Code.BlockSize, count - start);
                Nf4Lookup.Fill<T>(bytes[(start / 2)..], table, numbers.Slice(start, length));
            }
        });

    // The largest magnitude; NaN if a number is.
    private static float Quantise(ReadOnlySpan<float> numbers, Span<byte> codes)
    {
        float absmax = Largest(numbers);
        if (absmax == 0)
            codes.Fill((Nf4Code.Zero << 4) | Nf4Code.Zero);
        if (absmax == 0 || !float.IsFinite(absmax))
            return absmax;
        Span<int> indexes = stackalloc int[Nf4Code.BlockSize];
        Indexes(numbers, 1 / absmax, indexes);
        for (int pair = 0; pair < codes.Length; pair++)
            codes[pair] = (byte)((indexes[2 * pair] << 4) | indexes[(2 * pair) + 1]);
        return absmax;
    }

    private static float Largest(ReadOnlySpan<float> numbers)
    {
        Vector256<float> most = Vector256<float>.Zero;
        int done = 0;
        for (; done + 8 <= numbers.Length; done += 8)
            most = Vector256.Max(most, Vector256.Abs(Vector256.Create(numbers[done..])));
        float absmax = 0;
        for (int lane = 0; lane < 8; lane++)
            absmax = MathF.Max(absmax, most[lane]);
        for (; done < numbers.Length; done++)
            absmax = MathF.Max(absmax, MathF.Abs(numbers[done]));
        return absmax;
    }

    // How many midpoints are below: eight numbers at a time, without a branch.
    private static void Indexes(ReadOnlySpan<float> numbers, float factor, Span<int> indexes)
    {
        ReadOnlySpan<float> midpoints = Nf4Code.Midpoints;
        Span<float> last = stackalloc float[8];
        for (int start = 0; start < numbers.Length; start += 8)
        {
            scoped ReadOnlySpan<float> eight = numbers[start..];
            if (eight.Length < 8)
            {
                last.Clear();
                eight.CopyTo(last);
                eight = last;
            }

            Vector256<float> scaled = Vector256.Create(eight) * factor;
            Vector256<int> index = Vector256<int>.Zero;
            foreach (float midpoint in midpoints)
                index -= Vector256.GreaterThan(scaled, Vector256.Create(midpoint)).AsInt32();
            index.CopyTo(indexes[start..]);
        }
    }
}
