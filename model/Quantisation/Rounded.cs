using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace VisualChat.Model.Quantisation;

/// <summary>Float32 in the bits of another floating-point type, rounded to nearest even.</summary>
internal static class Rounded
{
    /// <typeparam name="T">
    /// <see cref="float"/>, <see cref="double"/>, <see cref="Half"/>, or <see cref="ushort"/> for
    /// the bits of bfloat16.
    /// </typeparam>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T To<T>(float value) where T : unmanaged
    {
        if (typeof(T) == typeof(float))
            return (T)(object)value;
        if (typeof(T) == typeof(double))
            return (T)(object)(double)value;
        if (typeof(T) == typeof(Half))
            return (T)(object)(Half)value;
        return (T)(object)BFloat16Bits(value);
    }

    /// <summary>Eight numbers as the bits of bfloat16.</summary>
    public static Vector128<ushort> ToBFloat16Bits(Vector128<float> lower, Vector128<float> upper)
    {
        return Vector128.Narrow(Bits(lower), Bits(upper));

        static Vector128<uint> Bits(Vector128<float> values)
        {
            Vector128<uint> bits = values.AsUInt32();
            Vector128<uint> isOdd = Vector128.ShiftRightLogical(bits, 16) & Vector128<uint>.One;
            return Vector128.ShiftRightLogical(bits + Vector128.Create(0x7FFFu) + isOdd, 16);
        }
    }

    // Of finite numbers: no weight is anything else.
    private static ushort BFloat16Bits(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }
}
