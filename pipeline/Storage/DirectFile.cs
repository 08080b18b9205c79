using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace VisualChat.Pipeline.Storage;

/// <summary>
/// A file whose bytes bypass the page cache (Linux's O_DIRECT, which .NET has no option for) if the
/// file system allows it and memory, place and length are whole sectors; else they go through the
/// cache. Safe to call from many threads.
/// </summary>
internal sealed partial class DirectFile
{
    private const int GetFlags = 3;
    private const int SetFlags = 4;
    private const int Direct = 0x4000;

    private readonly SafeFileHandle _file;
    private volatile bool _isDirect;

    /// <summary>Reads and writes an open file, which stays open.</summary>
    /// <param name="file">The file.</param>
    public DirectFile(SafeFileHandle file)
    {
        _file = file;
        _isDirect = TrySet(isOn: true);
    }

    /// <summary>Writes bytes.</summary>
    /// <param name="bytes">
    /// In memory that starts at a sector. Any other number than whole sectors goes, with all that
    /// follows, through the page cache.
    /// </param>
    /// <param name="offset">Where: a sector's start.</param>
    /// <exception cref="IOException">The storage failed.</exception>
    public void Write(ReadOnlySpan<byte> bytes, long offset)
    {
        if (_isDirect && bytes.Length != PooledBuffers.WholeSectors(bytes.Length))
            GoThroughCache();
        try
        {
            RandomAccess.Write(_file, bytes, offset);
        }
        catch (IOException) when (_isDirect)
        {
            // Some file systems accept the flag and refuse the write. A real failure fails again.
            GoThroughCache();
            RandomAccess.Write(_file, bytes, offset);
        }
    }

    /// <summary>Reads whole sectors that were written.</summary>
    /// <param name="sectors">Memory that starts at a sector.</param>
    /// <param name="offset">Where: a sector's start.</param>
    /// <exception cref="IOException">The storage failed, or the file ends too early.</exception>
    public void Read(Span<byte> sectors, long offset)
    {
        for (int read = 0; read < sectors.Length;)
        {
            int got = RandomAccess.Read(_file, sectors[read..], offset + read);
            if (got == 0)
                throw new IOException($"A file in the making ends at byte {offset + read}, {sectors.Length - read} bytes too early.");
            read += got;
        }
    }

    private void GoThroughCache()
    {
        _ = TrySet(isOn: false);
        _isDirect = false;
    }

    private bool TrySet(bool isOn)
    {
        // The value of the flag on x86.
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
            return false;
        int flags = Control(_file, GetFlags, 0);
        return flags >= 0 && Control(_file, SetFlags, isOn ? flags | Direct : flags & ~Direct) == 0;
    }

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Control(SafeFileHandle file, int command, int argument);
}
