using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace VisualChat.Pipeline.Images.Jpeg;

/// <summary>Y'CbCr to RGB as libjpeg does it (ITU-R BT.601 full range, 16-bit fractions), eight pixels at a time; reads and writes up to 32 bytes too far.</summary>
internal static unsafe class ColourRows
{
    /// <summary>One row.</summary>
    public static void YccToRgbx(byte* luma, byte* blueDifference, byte* redDifference, byte* rgbx, int width)
    {
        Vector256<int> half = Vector256.Create(1 << 15);
        Vector256<int> centre = Vector256.Create(128);
        for (int x = 0; x < width; x += 8)
        {
            Vector256<int> y = Widen(luma + x);
            Vector256<int> cb = Widen(blueDifference + x) - centre;
            Vector256<int> cr = Widen(redDifference + x) - centre;
            Vector256<int> red = y + (((cr * 91881) + half) >> 16);
            Vector256<int> green = y + ((half - (cb * 22554) - (cr * 46802)) >> 16);
            Vector256<int> blue = y + (((cb * 116130) + half) >> 16);
            (Clamp(red) | (Clamp(green) << 8) | (Clamp(blue) << 16)).AsByte().Store(rgbx + (4 * x));
        }
    }

    /// <summary>One row of gray.</summary>
    public static void GrayToRgbx(byte* gray, byte* rgbx, int width)
    {
        for (int x = 0; x < width; x += 8)
            (Widen(gray + x) * 0x010101).AsByte().Store(rgbx + (4 * x));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Clamp(Vector256<int> level) => Vector256.Min(Vector256.Max(level, Vector256<int>.Zero), Vector256.Create(255));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Widen(byte* samples)
    {
        Vector128<ushort> words = Vector128.WidenLower(Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<ulong>(samples)).AsByte());
        return Vector256.Create(Vector128.WidenLower(words), Vector128.WidenUpper(words)).AsInt32();
    }
}
