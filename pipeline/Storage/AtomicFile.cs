using Microsoft.Win32.SafeHandles;

namespace VisualChat.Pipeline.Storage;

/// <summary>Files that appear whole, by rename.</summary>
internal static class AtomicFile
{
    /// <summary>
    /// Makes an unfinished file, in place of one that a killed process left. Never by truncating:
    /// ext4 flushes a truncated file to the disk when it is closed, and a blend waited a tenth of
    /// its time for that.
    /// </summary>
    public static SafeFileHandle OpenUnfinished(string path, FileOptions options)
    {
        File.Delete(path);
        return File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, options);
    }

    /// <summary>Writes text under a temporary name beside the file, then renames it.</summary>
    public static void WriteAllText(string path, string text) => Write(path, temporary => File.WriteAllText(temporary, text));

    /// <summary>Has a file written under a temporary name beside it, then renames it.</summary>
    public static void Write(string path, Action<string> write)
    {
        string temporary = $"{path}.tmp";
        write(temporary);
        File.Move(temporary, path, overwrite: true);
    }
}
