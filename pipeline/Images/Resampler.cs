using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace VisualChat.Pipeline.Images;

/// <summary>
/// The two passes of a separable resize: rows first, rounded to 8 bits, then columns. Integers
/// only, so every instruction set gives the same bytes, which are Pillow's.
/// </summary>
/// <remarks>
/// From 640x480 to 224: 480 rows x 224 outputs x 10 weights x 3 channels = 3.2 M multiplications
/// across and 1.5 M down. With 16-bit pairs four weights of all channels take two multiplications
/// of vectors.
/// </remarks>
internal static unsafe class Resampler
{
    private const int Rounding = 1 << (ResampleTaps.PrecisionBits - 1);

    /// <summary>One row, across.</summary>
    /// <param name="rgbx">
    /// The row from column <see cref="ResampleTaps.First"/> on; 16 bytes past its last pixel are
    /// read, and weigh nothing.
    /// </param>
    /// <param name="taps">The weights.</param>
    /// <param name="destination">[outputs, 4]</param>
    public static void Across(byte* rgbx, ResampleTaps taps, byte* destination)
    {
        if (Avx512BW.IsSupported)
            AcrossPairs512(rgbx, taps, destination);
        else if (Avx2.IsSupported)
            AcrossPairs(rgbx, taps, destination);
        else
            AcrossSingles(rgbx, taps, destination);
    }

    /// <summary><see cref="Across"/> with any vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void AcrossSingles(byte* rgbx, ResampleTaps taps, byte* destination)
    {
        fixed (int* weights = taps.Weights)
        {
            for (int i = 0; i < taps.Starts.Length; i++)
            {
                byte* pixel = rgbx + (4 * (taps.Starts[i] - taps.First));
                int* weight = weights + (i * taps.Stride);
                Vector128<int> sum = Vector128.Create(Rounding);
                for (int tap = 0; tap < taps.Counts[i]; tap++, pixel += 4)
                {
                    uint samples = Unsafe.ReadUnaligned<uint>(pixel);
                    Vector128<ushort> words = Vector128.WidenLower(Vector128.CreateScalar(samples).AsByte());
                    sum += Vector128.WidenLower(words).AsInt32() * weight[tap];
                }

                Unsafe.WriteUnaligned(destination + (4 * i), ToBytes(sum));
            }
        }
    }

    /// <summary>One output row, down.</summary>
    /// <param name="rows">The first of the rows that the output needs.</param>
    /// <param name="stride">Bytes from one row to the next, a multiple of 16.</param>
    /// <param name="weights">[count]</param>
    /// <param name="count">Rows.</param>
    /// <param name="rgb">[stride / 4, 3] The output; 4 bytes more are overwritten.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Down(byte* rows, int stride, int* weights, int count, byte* rgb)
    {
        Vector128<byte> withoutX = Vector128.Create((byte)0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 128, 128, 128, 128);
        for (int x = 0; x < stride; x += 16, rgb += 12)
        {
            Vector256<int> low = Vector256.Create(Rounding), high = low;
            byte* sample = rows + x;
            for (int tap = 0; tap < count; tap++, sample += stride)
            {
                Vector256<int> weight = Vector256.Create(weights[tap]);
                low += Widen(sample) * weight;
                high += Widen(sample + 8) * weight;
            }

            low = Clamp(low >> ResampleTaps.PrecisionBits);
            high = Clamp(high >> ResampleTaps.PrecisionBits);
            Vector128<ushort> lowWords = Vector128.Narrow(low.GetLower(), low.GetUpper()).AsUInt16();
            Vector128<ushort> highWords = Vector128.Narrow(high.GetLower(), high.GetUpper()).AsUInt16();
            Vector128<byte> bytes = Vector128.Narrow(lowWords, highWords);
            Vector128.Shuffle(bytes, withoutX).Store(rgb);
        }
    }

    /// <summary>
    /// <see cref="Across"/> with AVX-512: both parts of the weights in one multiplication.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void AcrossPairs512(byte* rgbx, ResampleTaps taps, byte* destination)
    {
        Vector512<byte> paired = Vector512.Create(Paired, Paired);
        int groups = taps.Stride / 4;
        fixed (short* split = taps.SplitWeights)
        fixed (int* starts = taps.Starts)
        {
            short* weight = split;
            for (int i = 0; i < taps.Starts.Length; i++)
            {
                byte* pixel = rgbx + (4 * (starts[i] - taps.First));
                Vector512<int> sums = Vector512<int>.Zero;
                for (int group = 0; group < groups; group++, pixel += 16, weight += 32)
                {
                    Vector512<byte> pixels = Avx512F.BroadcastVector128ToVector512((int*)pixel).AsByte();
                    Vector512<short> samples = Avx512BW.Shuffle(pixels, paired).AsInt16();
                    sums += Avx512BW.MultiplyAddAdjacent(samples, Vector512.Load(weight));
                }

                Unsafe.WriteUnaligned(destination + (4 * i), ToBytes(sums.GetLower(), sums.GetUpper()));
            }
        }
    }

    /// <summary><see cref="Across"/> with AVX2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void AcrossPairs(byte* rgbx, ResampleTaps taps, byte* destination)
    {
        Vector256<byte> paired = Paired;
        int groups = taps.Stride / 4;
        fixed (short* split = taps.SplitWeights)
        fixed (int* starts = taps.Starts)
        {
            short* weight = split;
            for (int i = 0; i < taps.Starts.Length; i++)
            {
                byte* pixel = rgbx + (4 * (starts[i] - taps.First));
                Vector256<int> upper = Vector256<int>.Zero, lower = Vector256<int>.Zero;
                for (int group = 0; group < groups; group++, pixel += 16, weight += 32)
                {
                    Vector256<byte> pixels = Avx2.BroadcastVector128ToVector256(pixel);
                    Vector256<short> samples = Avx2.Shuffle(pixels, paired).AsInt16();
                    upper += Avx2.MultiplyAddAdjacent(samples, Vector256.Load(weight));
                    lower += Avx2.MultiplyAddAdjacent(samples, Vector256.Load(weight + 16));
                }

                Unsafe.WriteUnaligned(destination + (4 * i), ToBytes(upper, lower));
            }
        }
    }

    /// <summary>
    /// Of four pixels, twice over, 16-bit samples: R0 R1 G0 G1 B0 B1 X0 X1, R2 R3 ... (128 makes a
    /// zero byte).
    /// </summary>
    private static Vector256<byte> Paired => Vector256.Create(
        (byte)0, 128, 4, 128, 1, 128, 5, 128, 2, 128, 6, 128, 3, 128, 7, 128,
        8, 128, 12, 128, 9, 128, 13, 128, 10, 128, 14, 128, 11, 128, 15, 128);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint ToBytes(Vector256<int> upper, Vector256<int> lower)
    {
        Vector256<int> whole = (upper << ResampleTaps.LowBits) + lower;
        return ToBytes(whole.GetLower() + whole.GetUpper() + Vector128.Create(Rounding));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint ToBytes(Vector128<int> sum)
    {
        Vector128<int> level = sum >> ResampleTaps.PrecisionBits;
        Vector128<int> levels = Vector128.Min(Vector128.Max(level, Vector128<int>.Zero), Vector128.Create(255));
        Vector128<ushort> words = Vector128.Narrow(levels, levels).AsUInt16();
        return Vector128.Narrow(words, words).AsUInt32().ToScalar();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Clamp(Vector256<int> level) =>
        Vector256.Min(Vector256.Max(level, Vector256<int>.Zero), Vector256.Create(255));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Widen(byte* eight)
    {
        if (Avx2.IsSupported)
            return Avx2.ConvertToVector256Int32(eight);
        ulong samples = Unsafe.ReadUnaligned<ulong>(eight);
        Vector128<ushort> words = Vector128.WidenLower(Vector128.CreateScalarUnsafe(samples).AsByte());
        return Vector256.Create(Vector128.WidenLower(words), Vector128.WidenUpper(words)).AsInt32();
    }
}
