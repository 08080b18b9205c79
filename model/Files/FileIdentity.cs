using Microsoft.Win32.SafeHandles;

namespace VisualChat.Model.Files;

/// <summary>
/// What tells a file from any other, and from itself after a change, without reading it. One system
/// call. Every write changes <see cref="ChangedNanoseconds"/>, and no program can set it back.
/// </summary>
/// <param name="Device">The file system's number.</param>
/// <param name="Inode">The file's number in it.</param>
/// <param name="Bytes">The file's length; never a link's.</param>
/// <param name="ModifiedNanoseconds">
/// When its content changed, since 1970; a program can set this.
/// </param>
/// <param name="ChangedNanoseconds">When its content, name or rights changed, since 1970.</param>
public readonly record struct FileIdentity(
    ulong Device, ulong Inode, long Bytes, long ModifiedNanoseconds, long ChangedNanoseconds)
{
    /// <summary>The identity of what a path leads to, links followed.</summary>
    /// <exception cref="UserFileException">It is not a regular file, or is not there.</exception>
    public static FileIdentity Of(string path)
    {
        FileStatus status = FileStatus.Of(path);
        return status.Kind == FileKind.File ? status.Identity : throw FileErrors.NotAFile(path, status.Kind);
    }

    /// <summary>The identity of an open file.</summary>
    /// <exception cref="IOException">The storage failed.</exception>
    public static FileIdentity Of(SafeFileHandle file) => FileStatus.Of(file, "an open file").Identity;
}
