using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace VisualChat.Pipeline.Storage;

/// <summary>
/// Reused memory for images. Images are large objects that live for a row group. With new memory
/// for each, the garbage collector stopped a blend every few tens of milliseconds, a twelfth of its
/// time. Holds no more than was in use at one time. Safe to call from many threads.
/// </summary>
internal sealed class PooledBuffers
{
    private const int SectorBytes = 1 << 12;
    private const int StepBytes = 1 << 15;
    private const int MostKeptBytes = (1 << 22) + SectorBytes;

    private readonly ConcurrentDictionary<int, ConcurrentBag<byte[]>> _free = new();

    /// <summary>
    /// Takes memory for an image of a number of bytes. Its content is undefined. It starts at a
    /// sector and ends with a whole one, so that a disk can read into it directly.
    /// </summary>
    public PooledBytes Rent(int length)
    {
        long wholeSteps = ((long)length + StepBytes - 1) / StepBytes * StepBytes;
        int bytes = (int)Math.Min(Array.MaxLength, wholeSteps + SectorBytes);
        if (!_free.TryGetValue(bytes, out ConcurrentBag<byte[]>? free) || !free.TryTake(out byte[]? buffer))
            buffer = GC.AllocateUninitializedArray<byte>(bytes, pinned: bytes <= MostKeptBytes);
        return new PooledBytes(this, buffer, FirstSector(buffer), length);
    }

    /// <summary>A number of bytes, rounded up to whole sectors of the disk.</summary>
    internal static int WholeSectors(int length) => (length + SectorBytes - 1) / SectorBytes * SectorBytes;

    internal void Return(byte[] buffer)
    {
        if (buffer.Length <= MostKeptBytes)
            _free.GetOrAdd(buffer.Length, _ => []).Add(buffer);
    }

    /// <summary>Where the first sector of pinned memory starts.</summary>
    private static unsafe int FirstSector(byte[] buffer)
    {
        long address = (long)Unsafe.AsPointer(ref buffer[0]);
        return (int)(-address & (SectorBytes - 1));
    }
}
