using System.Text.RegularExpressions;
using Microsoft.Win32.SafeHandles;

namespace VisualChat.Pipeline.Storage;

/// <summary>
/// Files that appear whole or not at all: written under a temporary name beside their place, then
/// renamed. No two writers share a temporary name, so several threads or processes may write the
/// same file; the last one wins. A writer that fails removes its temporary file. One that is killed
/// leaves it behind, for <see cref="RemoveUnfinished"/>.
/// </summary>
internal static partial class AtomicFile
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

    public static void WriteAllText(string path, string text) =>
        Write(path, temporary => File.WriteAllText(temporary, text));

    /// <param name="path">The file to write or replace.</param>
    /// <param name="write">Writes the content to the temporary path that it gets.</param>
    public static void Write(string path, Action<string> write)
    {
        string temporary = TemporaryName(path);
        try
        {
            write(temporary);
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            TryDelete(temporary);
            throw;
        }
    }

    /// <inheritdoc cref="Write"/>
    public static async Task WriteAsync(string path, Func<string, Task> write)
    {
        string temporary = TemporaryName(path);
        try
        {
            await write(temporary);
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            TryDelete(temporary);
            throw;
        }
    }

    /// <summary>
    /// A name beside a path that no other has, and that <see cref="RemoveUnfinished"/> knows.
    /// </summary>
    public static string TemporaryName(string path) => $"{path}.{Guid.NewGuid():N}.tmp";

    /// <summary>
    /// Removes the temporary files that killed writers left in a folder. Only for a process that
    /// alone writes there: another's unfinished file would go too.
    /// </summary>
    public static void RemoveUnfinished(string folder)
    {
        foreach (string file in Directory.EnumerateFiles(folder, "*.tmp"))
        {
            if (TemporaryEnding().IsMatch(file))
                File.Delete(file);
        }
    }

    private static void TryDelete(string temporary)
    {
        try
        {
            File.Delete(temporary);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The first error says more. Most likely there is no such file either.
        }
    }

    [GeneratedRegex(@"\.[0-9a-f]{32}\.tmp$")]
    private static partial Regex TemporaryEnding();
}
