using System.Runtime.InteropServices;

namespace VisualChat.Pipeline.Cache;

/// <summary>
/// The mark of the last use: the time of change of an entry's file. .NET can set a time of one's
/// own files only; with this call, whoever may write a file may say that it is used now.
/// </summary>
internal static partial class LastUse
{
    private const int CurrentFolder = -100;
    private const int NoFollow = 0x100;

    /// <summary>
    /// Marks a file as used now. One system call. A file that may not be written keeps its mark: it
    /// is then its owner's uses that count.
    /// </summary>
    public static void Mark(string file) => _ = SetTimes(CurrentFolder, file, 0, NoFollow);

    // No times: now.
    [LibraryImport("libc", EntryPoint = "utimensat", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetTimes(int folder, string path, nint times, int flags);
}
