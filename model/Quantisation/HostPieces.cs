using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace VisualChat.Model.Quantisation;

/// <summary>
/// Tensors of the host as spans of numbers, in pieces that are worked on side by side.
/// </summary>
internal static class HostPieces
{
    // A multiple of what shares a scale, and of what shares a scale's scale.
    private const int PieceNumbers = 1 << 20;

    /// <summary>Works on some numbers from the first one on.</summary>
    public delegate void Work(long first, int count);

    /// <summary>
    /// Calls the work for each piece, on as many threads as the machine has cores. Small work stays
    /// on this thread.
    /// </summary>
    public static void ForEach(long count, Work work)
    {
        long pieces = (count + PieceNumbers - 1) / PieceNumbers;
        if (pieces <= 1)
        {
            if (count > 0)
                One(0);
            return;
        }

        _ = Parallel.For(0, pieces, One);

        void One(long piece)
        {
            using DisposeScope scope = NewDisposeScope();
            long first = piece * PieceNumbers;
            work(first, (int)Math.Min(PieceNumbers, count - first));
        }
    }

    /// <summary>The same in whole rows: from a row on, some rows.</summary>
    public static void ForEachRows(long rows, int columns, Work work)
    {
        int most = Math.Max(1, PieceNumbers / Math.Max(1, columns));
        long pieces = (rows + most - 1) / most;
        if (pieces <= 1)
            One(0);
        else
            _ = Parallel.For(0, pieces, One);

        void One(long piece)
        {
            using DisposeScope scope = NewDisposeScope();
            work(piece * most, (int)Math.Min(most, rows - (piece * most)));
        }
    }

    /// <summary>Numbers of a contiguous tensor, in place.</summary>
    public static Span<T> Of<T>(Tensor tensor, long first, int count) where T : unmanaged =>
        MemoryMarshal.Cast<byte, T>(tensor.view(-1).narrow(0, first, count).bytes);

    /// <summary>Copies numbers to a tensor of the host.</summary>
    public static Tensor Tensor<T>(ReadOnlySpan<T> numbers, ScalarType type) where T : unmanaged
    {
        Tensor tensor = empty(numbers.Length, dtype: type);
        if (!numbers.IsEmpty)
            numbers.CopyTo(Of<T>(tensor, 0, numbers.Length));
        return tensor;
    }
}
