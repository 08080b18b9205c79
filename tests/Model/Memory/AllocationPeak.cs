using System.Runtime.InteropServices;

namespace VisualChat.Model.Tests.Memory;

/// <summary>
/// The most bytes that the C library's allocator, from which libtorch takes its tensors on a CPU,
/// has handed out at once since this was made: it is asked every half millisecond.
/// </summary>
internal sealed partial class AllocationPeak : IDisposable
{
    private readonly long _before = HandedOut();
    private readonly Thread _thread;
    private volatile bool _isOver;
    private long _most;

    public AllocationPeak()
    {
        _thread = new Thread(Watch) { IsBackground = true, Priority = ThreadPriority.Highest };
        _thread.Start();
    }

    public long Peak => Interlocked.Read(ref _most) - _before;

    /// <summary>Forgets the peak so far.</summary>
    public void Forget() => Interlocked.Exchange(ref _most, 0);

    public void Dispose()
    {
        _isOver = true;
        _thread.Join();
    }

    private void Watch()
    {
        while (!_isOver)
        {
            long now = HandedOut();
            if (now > Interlocked.Read(ref _most))
                Interlocked.Exchange(ref _most, now);
            Thread.Sleep(TimeSpan.FromMicroseconds(500));
        }
    }

    private static long HandedOut()
    {
        Information information = MallInfo2();
        return (long)(information.InUse + information.Mapped);
    }

    [LibraryImport("libc", EntryPoint = "mallinfo2")]
    private static partial Information MallInfo2();

    /// <summary>glibc's <c>struct mallinfo2</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Information
    {
        public readonly nuint Arena, FreeChunks, FastBins, MappedRegions, Mapped, Unused, InFastBins, InUse, Free, Top;
    }
}
