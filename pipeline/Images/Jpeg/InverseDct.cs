using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace VisualChat.Pipeline.Images.Jpeg;

/// <summary>
/// The accurate integer inverse DCT that the Independent JPEG Group's software calls "islow" (Loeffler, Ligtenberg and Moschytz, 1989;
/// 13-bit constants, 2 extra bits between the passes): integers only, so every processor gives the bytes that Pillow gives.
/// </summary>
/// <remarks>Eight columns at once, 22 multiplications and some 60 additions of vectors a pass; about 40 ns a block.</remarks>
internal static unsafe class InverseDct
{
    private const int ConstantBits = 13;
    private const int ExtraBits = 2;

    /// <summary>Transforms one block.</summary>
    /// <param name="coefficients">[8, 8] Dequantised, in natural order.</param>
    /// <param name="destination">The block's first sample.</param>
    /// <param name="stride">Samples from one row to the next.</param>
    public static void Transform(short* coefficients, byte* destination, nint stride)
    {
        Vector256<int> row0 = Widen(coefficients), row1 = Widen(coefficients + 8), row2 = Widen(coefficients + 16), row3 = Widen(coefficients + 24);
        Vector256<int> row4 = Widen(coefficients + 32), row5 = Widen(coefficients + 40), row6 = Widen(coefficients + 48), row7 = Widen(coefficients + 56);
        Pass(ref row0, ref row1, ref row2, ref row3, ref row4, ref row5, ref row6, ref row7, ConstantBits - ExtraBits, 0);
        Vector128<short> a = Narrow(row0), b = Narrow(row1), c = Narrow(row2), d = Narrow(row3);
        Vector128<short> e = Narrow(row4), f = Narrow(row5), g = Narrow(row6), h = Narrow(row7);
        Transpose(ref a, ref b, ref c, ref d, ref e, ref f, ref g, ref h);
        row0 = Widen(a);
        row1 = Widen(b);
        row2 = Widen(c);
        row3 = Widen(d);
        row4 = Widen(e);
        row5 = Widen(f);
        row6 = Widen(g);
        row7 = Widen(h);
        const int lastShift = ConstantBits + ExtraBits + 3;
        Pass(ref row0, ref row1, ref row2, ref row3, ref row4, ref row5, ref row6, ref row7, lastShift, 128 << lastShift);
        a = Narrow(row0);
        b = Narrow(row1);
        c = Narrow(row2);
        d = Narrow(row3);
        e = Narrow(row4);
        f = Narrow(row5);
        g = Narrow(row6);
        h = Narrow(row7);
        Transpose(ref a, ref b, ref c, ref d, ref e, ref f, ref g, ref h);
        Store(a, b, destination, stride);
        Store(c, d, destination + (2 * stride), stride);
        Store(e, f, destination + (4 * stride), stride);
        Store(g, h, destination + (6 * stride), stride);
    }

    /// <summary>A block of which only the first coefficient is not 0: one level, as the full transform would round it.</summary>
    public static void Fill(int dc, byte* destination, nint stride)
    {
        ulong level = (ulong)Math.Clamp(((dc + 4) >> 3) + 128, 0, 255) * 0x0101010101010101;
        for (int y = 0; y < 8; y++)
            Unsafe.WriteUnaligned(destination + (y * stride), level);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Pass(
        ref Vector256<int> in0, ref Vector256<int> in1, ref Vector256<int> in2, ref Vector256<int> in3,
        ref Vector256<int> in4, ref Vector256<int> in5, ref Vector256<int> in6, ref Vector256<int> in7, int shift, int bias)
    {
        // The even half.
        Vector256<int> z1 = (in2 + in6) * 4433;
        Vector256<int> even2 = z1 - (in6 * 15137);
        Vector256<int> even3 = z1 + (in2 * 6270);
        Vector256<int> rounding = Vector256.Create(bias + (1 << (shift - 1)));
        Vector256<int> even0 = ((in0 + in4) << ConstantBits) + rounding;
        Vector256<int> even1 = ((in0 - in4) << ConstantBits) + rounding;
        Vector256<int> sum0 = even0 + even3;
        Vector256<int> sum3 = even0 - even3;
        Vector256<int> sum1 = even1 + even2;
        Vector256<int> sum2 = even1 - even2;

        // The odd half.
        Vector256<int> z3 = in7 + in3;
        Vector256<int> z4 = in5 + in1;
        Vector256<int> z5 = (z3 + z4) * 9633;
        z3 = z5 - (z3 * 16069);
        z4 = z5 - (z4 * 3196);
        z1 = (in7 + in1) * 7373;
        Vector256<int> z2 = (in5 + in3) * 20995;
        Vector256<int> odd0 = (in7 * 2446) - z1 + z3;
        Vector256<int> odd1 = (in5 * 16819) - z2 + z4;
        Vector256<int> odd2 = (in3 * 25172) - z2 + z3;
        Vector256<int> odd3 = (in1 * 12299) - z1 + z4;

        in0 = (sum0 + odd3) >> shift;
        in7 = (sum0 - odd3) >> shift;
        in1 = (sum1 + odd2) >> shift;
        in6 = (sum1 - odd2) >> shift;
        in2 = (sum2 + odd1) >> shift;
        in5 = (sum2 - odd1) >> shift;
        in3 = (sum3 + odd0) >> shift;
        in4 = (sum3 - odd0) >> shift;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Widen(short* row) => Widen(Vector128.Load(row));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Widen(Vector128<short> row) =>
        Avx2.IsSupported ? Avx2.ConvertToVector256Int32(row) : Vector256.Create(Vector128.WidenLower(row), Vector128.WidenUpper(row));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<short> Narrow(Vector256<int> row) => Vector128.NarrowWithSaturation(row.GetLower(), row.GetUpper());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector128<short> first, Vector128<short> second, byte* destination, nint stride)
    {
        Vector128<short> low = Vector128.Max(first, Vector128<short>.Zero), high = Vector128.Max(second, Vector128<short>.Zero);
        Vector128<ulong> both = Vector128.NarrowWithSaturation(low.AsUInt16(), high.AsUInt16()).AsUInt64();
        Unsafe.WriteUnaligned(destination, both.GetElement(0));
        Unsafe.WriteUnaligned(destination + stride, both.GetElement(1));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose(
        ref Vector128<short> a, ref Vector128<short> b, ref Vector128<short> c, ref Vector128<short> d,
        ref Vector128<short> e, ref Vector128<short> f, ref Vector128<short> g, ref Vector128<short> h)
    {
        // Three rounds of the perfect shuffle of (row i, row i + 4) move each row index bit past a column index bit.
        for (int round = 0; round < 3; round++)
        {
            Vector128<short> a1 = Low(a, e), b1 = High(a, e), c1 = Low(b, f), d1 = High(b, f);
            Vector128<short> e1 = Low(c, g), f1 = High(c, g), g1 = Low(d, h), h1 = High(d, h);
            a = a1;
            b = b1;
            c = c1;
            d = d1;
            e = e1;
            f = f1;
            g = g1;
            h = h1;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<short> Low(Vector128<short> first, Vector128<short> second) =>
        Sse2.IsSupported ? Sse2.UnpackLow(first, second)
        : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipLow(first, second)
        : Vector128.Create(first[0], second[0], first[1], second[1], first[2], second[2], first[3], second[3]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<short> High(Vector128<short> first, Vector128<short> second) =>
        Sse2.IsSupported ? Sse2.UnpackHigh(first, second)
        : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipHigh(first, second)
        : Vector128.Create(first[4], second[4], first[5], second[5], first[6], second[6], first[7], second[7]);
}
