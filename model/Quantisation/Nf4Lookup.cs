using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace VisualChat.Model.Quantisation;

/// <summary>
/// Takes numbers from a table of sixteen by codes of 4 bits, the high half first.
/// </summary>
/// <remarks>
/// On a processor with AVX2 a table fits registers, and a number costs about a third of a
/// nanosecond. Elsewhere each code is looked up in memory.
/// </remarks>
internal static class Nf4Lookup
{
    /// <summary>Fills numbers.</summary>
    /// <param name="codes">Two in a byte.</param>
    /// <param name="table">Sixteen numbers.</param>
    /// <param name="numbers">Receives a number for each code.</param>
    public static void Fill<T>(ReadOnlySpan<byte> codes, ReadOnlySpan<T> table, Span<T> numbers) where T : unmanaged
    {
        int done = 0;
        if (Avx2.IsSupported && typeof(T) == typeof(float))
            done = Fill(codes, MemoryMarshal.Cast<T, float>(table), MemoryMarshal.Cast<T, float>(numbers));
        else if (Ssse3.IsSupported && Unsafe.SizeOf<T>() == sizeof(ushort))
            done = Fill(codes, MemoryMarshal.Cast<T, ushort>(table), MemoryMarshal.Cast<T, ushort>(numbers));
        ref byte code = ref MemoryMarshal.GetReference(codes);
        ref T value = ref MemoryMarshal.GetReference(table);
        ref T number = ref MemoryMarshal.GetReference(numbers);
        int pairs = numbers.Length / 2;
        for (int pair = done / 2; pair < pairs; pair++)
        {
            int both = Unsafe.Add(ref code, pair);
            Unsafe.Add(ref number, 2 * pair) = Unsafe.Add(ref value, both >> 4);
            Unsafe.Add(ref number, (2 * pair) + 1) = Unsafe.Add(ref value, both & 15);
        }

        if (numbers.Length % 2 != 0)
            numbers[^1] = table[codes[pairs] >> 4];
    }

    // Eight at a time, from four bytes: each lane takes its own half byte of them.
    private static int Fill(ReadOnlySpan<byte> codes, ReadOnlySpan<float> table, Span<float> numbers)
    {
        Vector256<uint> shifts = Vector256.Create(4u, 0, 12, 8, 20, 16, 28, 24);
        Vector256<uint> half = Vector256.Create(15u);
        Vector256<float> low = Vector256.Create(table[..8]), high = Vector256.Create(table[8..]);
        int done = 0;
        for (; done + 8 <= numbers.Length; done += 8)
        {
            uint bytes = Unsafe.ReadUnaligned<uint>(in codes[done / 2]);
            Vector256<uint> index = Avx2.ShiftRightLogicalVariable(Vector256.Create(bytes), shifts) & half;
            Vector256<float> isHigh = Vector256.ShiftLeft(index, 28).AsSingle(); // Bit 3 becomes the sign.
            Vector256<float> found = Avx.BlendVariable(
                Avx2.PermuteVar8x32(low, index.AsInt32()), Avx2.PermuteVar8x32(high, index.AsInt32()), isHigh);
            found.CopyTo(numbers[done..]);
        }

        return done;
    }

    // 32 at a time, from sixteen bytes: the two bytes of a number are looked up apart.
    private static int Fill(ReadOnlySpan<byte> codes, ReadOnlySpan<ushort> table, Span<ushort> numbers)
    {
        Span<byte> lowBytes = stackalloc byte[16], highBytes = stackalloc byte[16];
        for (int index = 0; index < 16; index++)
            (lowBytes[index], highBytes[index]) = ((byte)table[index], (byte)(table[index] >> 8));
        Vector128<byte> low = Vector128.Create<byte>(lowBytes), high = Vector128.Create<byte>(highBytes);
        Vector128<byte> half = Vector128.Create((byte)15);
        int done = 0;
        for (; done + 32 <= numbers.Length; done += 32)
        {
            Vector128<byte> both = Vector128.Create(codes.Slice(done / 2, 16));
            Vector128<byte> first = Vector128.ShiftRightLogical(both.AsUInt16(), 4).AsByte() & half;
            Vector128<byte> second = both & half;
            Store(Sse2.UnpackLow(first, second), low, high, numbers[done..]);
            Store(Sse2.UnpackHigh(first, second), low, high, numbers[(done + 16)..]);
        }

        return done;

        static void Store(Vector128<byte> index, Vector128<byte> low, Vector128<byte> high, Span<ushort> numbers)
        {
            Vector128<byte> lowOf = Ssse3.Shuffle(low, index), highOf = Ssse3.Shuffle(high, index);
            Sse2.UnpackLow(lowOf, highOf).AsUInt16().CopyTo(numbers);
            Sse2.UnpackHigh(lowOf, highOf).AsUInt16().CopyTo(numbers[8..]);
        }
    }
}
