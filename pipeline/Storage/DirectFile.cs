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

    /// <param name="file">An open file; it stays open.</param>
    public DirectFile(SafeFileHandle file)
    {
        _file = file;
        _isDirect = TrySet(isOn: true);
    }

    /// <param name="bytes">
    /// In memory that starts at a sector. If they are not whole sectors, they and all later writes
    /// go through the page cache.
    /// </param>
    /// <param name="offset">The start of a sector.</param>
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
    /// <param name="offset">The start of a sector.</param>
    /// <exception cref="IOException">The storage failed, or the file ends too early.</exception>
    public void Read(Span<byte> sectors, long offset)
    {
        int read = _file.ReadUntilFull(sectors, offset);
        if (read == sectors.Length)
            return;
        throw new IOException(
            $"An unfinished file ends at byte {offset + read}, {sectors.Length - read} bytes too early.");
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
        if (flags < 0)
            return false;
        int wanted = isOn ? flags | Direct : flags & ~Direct;
        return Control(_file, SetFlags, wanted) == 0;
    }

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Control(SafeFileHandle file, int command, int argument);
}
