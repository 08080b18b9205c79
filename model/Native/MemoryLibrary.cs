using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace VisualChat.Model.Native;

/// <summary>
/// A shared library that is loaded from memory: no folder has to be writable, no other process can
/// change it before it is loaded, and nothing stays behind.
/// </summary>
internal static partial class MemoryLibrary
{
    private const uint CloseOnExec = 1;

    /// <summary>Loads a library whose file has these bytes. Costs a copy of them.</summary>
    /// <exception cref="DllNotFoundException">It does not load; the message says why.</exception>
    /// <exception cref="IOException">The system gives no memory that acts as a file.</exception>
    public static nint Load(ReadOnlySpan<byte> image, string name)
    {
        using var memory = new SafeFileHandle(MakeMemoryFile(name, CloseOnExec), ownsHandle: true);
        if (memory.IsInvalid)
            throw new IOException($"memfd_create: {Marshal.GetLastPInvokeErrorMessage()}.");
        RandomAccess.Write(memory, image, fileOffset: 0);
        return NativeLibrary.Load($"/proc/self/fd/{memory.DangerousGetHandle()}");
    }

    [LibraryImport(
        "libc", EntryPoint = "memfd_create", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakeMemoryFile(string name, uint flags);
}
