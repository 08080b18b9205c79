using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
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
                LookUp(bytes[(start / 2)..], table, numbers.Slice(start, length));
            }
        });

    private static void LookUp<T>(ReadOnlySpan<byte> codes, ReadOnlySpan<T> table, Span<T> numbers)
        where T : unmanaged
    {
        ref byte code = ref MemoryMarshal.GetReference(codes);
        ref T value = ref MemoryMarshal.GetReference(table);
        ref T number = ref MemoryMarshal.GetReference(numbers);
        for (int pair = 0; pair < numbers.Length / 2; pair++)
        {
            int both = Unsafe.Add(ref code, pair);
            Unsafe.Add(ref number, 2 * pair) = Unsafe.Add(ref value, both >> 4);
            Unsafe.Add(ref number, (2 * pair) + 1) = Unsafe.Add(ref value, both & 15);
        }

        if (numbers.Length % 2 != 0)
            numbers[^1] = table[codes[numbers.Length / 2] >> 4];
    }

    // The largest magnitude; NaN if a number is.
    private static float Quantise(ReadOnlySpan<float> numbers, Span<byte> codes)
    {
        float absmax = 0;
        foreach (float number in numbers)
            absmax = MathF.Max(absmax, MathF.Abs(number));
        float inverse = 1 / absmax;
        for (int pair = 0; pair < codes.Length; pair++)
        {
            int first = 2 * pair;
            int high = Index(numbers[first] * inverse);
            int low = first + 1 < numbers.Length ? Index(numbers[first + 1] * inverse) : 0;
            codes[pair] = (byte)((high << 4) | low);
        }

        return absmax;
    }

    // How many midpoints are below. Without a branch: random weights would mispredict each.
    private static int Index(float scaled)
    {
        if (float.IsNaN(scaled))
            return Nf4Code.Zero; // A block of zeros.
        int index = 0;
        foreach (float midpoint in Nf4Code.Midpoints)
            index += scaled > midpoint ? 1 : 0;
        return index;
    }
}
