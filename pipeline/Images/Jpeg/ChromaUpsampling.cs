using System.Runtime.Intrinsics;

namespace VisualChat.Pipeline.Images.Jpeg;

/// <summary>
/// Doubles chroma by the triangle filter of libjpeg's "fancy" upsampling: each output is three quarters its own sample and a quarter its
/// neighbour's, the rounding alternating. Integers of 16 bits, sixteen at a time; reads and writes up to 32 samples too far.
/// </summary>
internal static unsafe class ChromaUpsampling
{
    /// <summary>Vertically: 3 times the nearer row and once the farther.</summary>
    public static void WeighRows(byte* near, byte* far, ushort* sums, int count)
    {
        for (int i = 0; i < count; i += 16)
        {
            Vector256<ushort> nearer = Widen(near + i);
            (nearer + nearer + nearer + Widen(far + i)).Store(sums + i);
        }
    }

    /// <summary>Where rows are not halved: the row itself.</summary>
    public static void CopyRow(byte* row, ushort* sums, int count)
    {
        for (int i = 0; i < count; i += 16)
            Widen(row + i).Store(sums + i);
    }

    /// <summary>Horizontally: two outputs a column.</summary>
    /// <param name="sums">[-1 .. count] The columns with their neighbours.</param>
    /// <param name="destination">[2 count]</param>
    /// <param name="count">Columns.</param>
    /// <param name="halved">Whether rows were weighed too.</param>
    public static void WeighColumns(ushort* sums, byte* destination, int count, bool halved)
    {
        Vector256<ushort> evenRounding = Vector256.Create((ushort)(halved ? 8 : 1));
        Vector256<ushort> oddRounding = Vector256.Create((ushort)(halved ? 7 : 2));
        int shift = halved ? 4 : 2;
        for (int i = 0; i < count; i += 16)
        {
            Vector256<ushort> own = Vector256.Load(sums + i);
            own = own + own + own;
            Vector256<ushort> even = (own + Vector256.Load(sums + i - 1) + evenRounding) >> shift;
            Vector256<ushort> odd = (own + Vector256.Load(sums + i + 1) + oddRounding) >> shift;
            (even | (odd << 8)).AsByte().Store(destination + (2 * i));
        }
    }

    private static Vector256<ushort> Widen(byte* samples)
    {
        Vector128<byte> bytes = Vector128.Load(samples);
        return Vector256.Create(Vector128.WidenLower(bytes), Vector128.WidenUpper(bytes));
    }
}
