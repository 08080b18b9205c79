using System.Runtime.InteropServices;

namespace VisualChat.Pipeline.Storage;

/// <summary>
/// Memory for direct writes, in large pages if the system has some. The kernel pins every page of a
/// write until the disk has it, and with pages of 4 KB that took a seventh of a blend's time in the
/// kernel.
/// </summary>
internal sealed unsafe partial class DirectBlock : IDisposable
{
    /// <summary>Bytes of a block: one large page.</summary>
    public const int Length = 2 << 20;

    private const int LargePages = 14;

    private byte* _start;

    /// <summary>The content of a new block is undefined.</summary>
    public DirectBlock()
    {
        _start = (byte*)NativeMemory.AlignedAlloc(Length, Length);
        if (OperatingSystem.IsLinux())
            _ = Advise((nint)_start, Length, LargePages);
    }

    /// <summary>Bytes in use.</summary>
    public int Filled { get; private set; }

    public bool IsFull => Filled == Length;

    public Span<byte> Bytes => new(_start, Filled);

    /// <summary>Takes as much as there is room for.</summary>
    /// <returns>How many bytes it took.</returns>
    public int Fill(ReadOnlySpan<byte> bytes)
    {
        int taken = Math.Min(bytes.Length, Length - Filled);
        bytes[..taken].CopyTo(new Span<byte>(_start + Filled, taken));
        Filled += taken;
        return taken;
    }

    /// <summary>Takes undefined bytes up to the next sector's start.</summary>
    public void FillSector() => Filled = PooledBuffers.WholeSectors(Filled);

    public void Clear() => Filled = 0;

    public void Dispose()
    {
        NativeMemory.AlignedFree(_start);
        _start = null;
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint start, nuint bytes, int advice);
}
