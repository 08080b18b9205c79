using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace VisualChat.Pipeline.Images.Png;

/// <summary>The Paeth predictor of PNG for three bytes a pixel: of left, above and upper left the one nearest to left + above - upper left.</summary>
internal static unsafe class Paeth
{
    /// <summary>Bytes past a row's last that may be overwritten.</summary>
    public const int Slack = 16;

    /// <summary>One row's residues, sixteen bytes at a time.</summary>
    /// <param name="rgb">[height, rowBytes] The image.</param>
    /// <param name="y">The row.</param>
    /// <param name="rowBytes">Bytes of a row.</param>
    /// <param name="residues">[rowBytes + <see cref="Slack"/>]</param>
    public static void Filter(ReadOnlySpan<byte> rgb, int y, int rowBytes, Span<byte> residues)
    {
        fixed (byte* image = rgb, destination = residues)
        {
            byte* row = image + ((nint)y * rowBytes);
            byte* above = row - rowBytes;
            int x = 0;
            if (y == 0)
            {
                // Above lies nothing, 0, so that left is the nearest.
                for (; x < rowBytes; x++)
                    destination[x] = (byte)(row[x] - (x >= 3 ? row[x - 3] : 0));
                return;
            }

            for (; x < Math.Min(3, rowBytes); x++)
                destination[x] = (byte)(row[x] - above[x]);
            for (; x + 16 <= rowBytes; x += 16)
            {
                Vector256<short> predicted = Predict(Widen(row + x - 3), Widen(above + x), Widen(above + x - 3));
                Vector256<short> residue = (Widen(row + x) - predicted) & Vector256.Create((short)255);
                Vector128.Narrow(residue.GetLower().AsUInt16(), residue.GetUpper().AsUInt16()).Store(destination + x);
            }

            for (; x < rowBytes; x++)
                destination[x] = (byte)(row[x] - Predict(row[x - 3], above[x], above[x - 3]));
        }
    }

    /// <summary>The predictor of one byte.</summary>
    public static int Predict(int left, int above, int upperLeft)
    {
        int toLeft = Math.Abs(above - upperLeft);
        int toAbove = Math.Abs(left - upperLeft);
        int toUpperLeft = Math.Abs(left + above - upperLeft - upperLeft);
        return toLeft <= toAbove && toLeft <= toUpperLeft ? left : toAbove <= toUpperLeft ? above : upperLeft;
    }

    /// <summary>The predictor of four bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<short> Predict(Vector128<short> left, Vector128<short> above, Vector128<short> upperLeft)
    {
        Vector128<short> acrossDifference = above - upperLeft, downDifference = left - upperLeft;
        Vector128<short> toLeft = Vector128.Abs(acrossDifference), toAbove = Vector128.Abs(downDifference);
        Vector128<short> least = Vector128.Min(Vector128.Min(toLeft, toAbove), Vector128.Abs(acrossDifference + downDifference));
        return Vector128.ConditionalSelect(
            Vector128.Equals(least, toLeft), left, Vector128.ConditionalSelect(Vector128.Equals(least, toAbove), above, upperLeft));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Predict(Vector256<short> left, Vector256<short> above, Vector256<short> upperLeft)
    {
        Vector256<short> acrossDifference = above - upperLeft, downDifference = left - upperLeft;
        Vector256<short> toLeft = Vector256.Abs(acrossDifference), toAbove = Vector256.Abs(downDifference);
        Vector256<short> least = Vector256.Min(Vector256.Min(toLeft, toAbove), Vector256.Abs(acrossDifference + downDifference));
        return Vector256.ConditionalSelect(
            Vector256.Equals(least, toLeft), left, Vector256.ConditionalSelect(Vector256.Equals(least, toAbove), above, upperLeft));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Widen(byte* bytes)
    {
        Vector128<byte> sixteen = Vector128.Load(bytes);
        return Vector256.Create(Vector128.WidenLower(sixteen), Vector128.WidenUpper(sixteen)).AsInt16();
    }
}
