using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace VisualChat.Pipeline.Shards;

/// <summary>Writes that go from the program's memory to the disk, past the page cache (Linux's O_DIRECT), which .NET has no option for.</summary>
internal static partial class DirectWrites
{
    private const int GetFlags = 3;
    private const int SetFlags = 4;
    private const int Direct = 0x4000;

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

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Control(SafeFileHandle file, int command, int argument);
}
