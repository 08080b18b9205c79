using VisualChat.Model.Files;
using VisualChat.Pipeline.Errors;

namespace VisualChat.Pipeline.Storage;

/// <summary>
/// Whether results can be written where the user wants them, asked before the work that makes them:
/// a wrong place costs a moment, not the hours of an answer or a blend.
/// </summary>
internal static class OutputPath
{
    /// <summary>A file can be written. Makes nothing.</summary>
    /// <param name="option">The option that names it, for messages.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="InputException">It is not such a place.</exception>
    /// <exception cref="WorkException">It cannot be written.</exception>
    public static void RequireFile(string option, string path)
    {
        string full = Path.GetFullPath(path);
        FileKind kind = UserFile.KindOf(full);
        if (kind == FileKind.Folder || Path.EndsInDirectorySeparator(path))
            throw new InputException($"{option} '{path}' is a folder: name a file in it.");
        if (kind is not (FileKind.File or FileKind.Missing))
            throw new InputException($"{option} '{path}' is no regular file: name another, which is made or replaced.");
        RequireWritable(option, path, Path.GetDirectoryName(full)!);
    }

    /// <summary>A folder can be made, or written to. Makes nothing.</summary>
    /// <inheritdoc cref="RequireFile"/>
    public static void RequireFolder(string option, string path) =>
        RequireWritable(option, path, Path.GetFullPath(path));

    // By writing: rights alone do not tell of a file system that is full or read-only.
    private static void RequireWritable(string option, string path, string folder)
    {
        string there = folder;
        while (UserFile.KindOf(there) == FileKind.Missing)
        {
            if (new FileInfo(there).LinkTarget is not null)
                throw new InputException($"{option} '{path}' cannot be written: '{there}' is a link to nothing.");
            there = Path.GetDirectoryName(there)!;
        }

        if (UserFile.KindOf(there) != FileKind.Folder)
            throw new InputException($"{option} '{path}' cannot be written: '{there}' is a file, not a folder.");
        string trial = AtomicFile.TemporaryName(Path.Combine(there, ".visualchat"));
        try
        {
            File.OpenHandle(trial, FileMode.CreateNew, FileAccess.Write).Dispose();
            File.Delete(trial);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new WorkException(
                $"{option} '{path}' cannot be written: {exception.Message} Make it writable, or name another place.",
                exception);
        }
    }
}
