using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace VisualChat.Pipeline.Shards;

/// <summary>Writes that go from the program's memory to the disk, past the page cache (Linux's O_DIRECT), which .NET has no option for.</summary>
internal static partial class DirectWrites
{
    private const int GetFlags = 3;
    private const int SetFlags = 4;
    private const int Direct = 0x4000;
    private const int HugePages = 14;
    private const int HugePageBytes = 2 << 20;

    /// <summary>
    /// Turns direct writes of an open file on or off. While they are on, memory, place and length of every write must be multiples of 4096
    /// bytes.
    /// </summary>
    /// <returns>Whether it was done: not every file system can.</returns>
    public static bool TrySet(SafeFileHandle file, bool isOn)
    {
        // The flag's value is that of x86.
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
            return false;
        int flags = Control(file, GetFlags, 0);
        return flags >= 0 && Control(file, SetFlags, isOn ? flags | Direct : flags & ~Direct) == 0;
    }

    /// <summary>
    /// Memory that direct writes can take, to be freed with <see cref="NativeMemory.AlignedFree"/>. Of large pages where there are some: the kernel holds
    /// every page of a write in its place until the disk has it, which for pages of 4 KB was a seventh of a blend's time in the kernel.
    /// </summary>
    /// <param name="bytes">A multiple of 2 MB.</param>
    public static unsafe byte* Allocate(int bytes)
    {
        byte* start = (byte*)NativeMemory.AlignedAlloc((nuint)bytes, HugePageBytes);
        if (OperatingSystem.IsLinux())
            _ = Advise((nint)start, (nuint)bytes, HugePages);
        return start;
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint start, nuint bytes, int advice);

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Control(SafeFileHandle file, int command, int argument);
}
