using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace VisualChat.Model.Files;

/// <summary>
/// What Linux knows of a file: <c>statx</c>, whose layout, unlike that of <c>fstat</c>, is the same
/// on every processor (statx(2), linux/stat.h). .NET tells neither the kind nor the inode.
/// </summary>
internal readonly partial record struct FileStatus(FileKind Kind, FileIdentity Identity)
{
    private const int CurrentFolder = -100;
    private const int EmptyPath = 0x1000;
    private const int NoFollow = 0x100;
    private const uint BasicFields = 0x7ff;
    private const int KindBits = 0xF000;

    /// <summary>Of what a path leads to, links followed.</summary>
    /// <exception cref="UserFileException">
    /// There is nothing, or it may not be looked at.
    /// </exception>
    public static FileStatus Of(string path)
    {
        int error = TryStat(path, out FileStatus status);
        return error == 0 ? status : throw FileErrors.Of(path, error);
    }

    /// <summary>Of an open file.</summary>
    public static FileStatus Of(SafeFileHandle file, string path) =>
        Statx(file, "", EmptyPath, BasicFields, out Native native) == 0
            ? From(native)
            : throw FileErrors.Of(path, Marshal.GetLastPInvokeError());

    /// <summary>The number of the system's error; 0: <paramref name="status"/> is right.</summary>
    public static int TryStat(string path, out FileStatus status)
    {
        int result = Statx(CurrentFolder, path, 0, BasicFields, out Native native);
        status = From(native);
        return result == 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    /// <summary>Whether there is a link at the path itself.</summary>
    public static bool IsLink(string path) =>
        Statx(CurrentFolder, path, NoFollow, BasicFields, out Native native) == 0
        && (native.Mode & KindBits) == 0xA000;

    private static FileStatus From(in Native native)
    {
        FileKind kind = (native.Mode & KindBits) switch
        {
            0x8000 => FileKind.File,
            0x4000 => FileKind.Folder,
            0x1000 => FileKind.Fifo,
            0xC000 => FileKind.Socket,
            0x2000 or 0x6000 => FileKind.Device,
            _ => FileKind.Missing,
        };
        ulong device = ((ulong)native.DeviceMajor << 32) | native.DeviceMinor;
        return new FileStatus(
            kind,
            new FileIdentity(
                device,
                native.Inode,
                native.Size,
                Nanoseconds(native.ModifiedSeconds, native.ModifiedNanoseconds),
                Nanoseconds(native.ChangedSeconds, native.ChangedNanoseconds)));
    }

    // Wraps in the year 2262, which is still an identity.
    private static long Nanoseconds(long seconds, uint nanoseconds) =>
        unchecked((seconds * 1_000_000_000) + nanoseconds);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int folder, string path, int flags, uint fields, out Native status);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(SafeFileHandle file, string path, int flags, uint fields, out Native status);

    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Native
    {
        [FieldOffset(28)]
        public ushort Mode;
        [FieldOffset(32)]
        public ulong Inode;
        [FieldOffset(40)]
        public long Size;
        [FieldOffset(96)]
        public long ChangedSeconds;
        [FieldOffset(104)]
        public uint ChangedNanoseconds;
        [FieldOffset(112)]
        public long ModifiedSeconds;
        [FieldOffset(120)]
        public uint ModifiedNanoseconds;
        [FieldOffset(136)]
        public uint DeviceMajor;
        [FieldOffset(140)]
        public uint DeviceMinor;
    }
}
