using System.Text.RegularExpressions;
using VisualChat.Model.Files;
using VisualChat.Pipeline.Errors;

namespace VisualChat.Pipeline.Storage;

/// <summary>
/// The checksums of a folder's files, and <c>visualchat.sha256</c>, which keeps them in a folder
/// that has nothing else for them: an exported model. <c>sha256sum -c visualchat.sha256</c> checks
/// it too.
/// </summary>
internal static partial class FileChecksums
{
    /// <summary>The file's name in an exported folder.</summary>
    public const string FileName = "visualchat.sha256";

    /// <summary>
    /// Writes <see cref="FileName"/> over all of a folder's files. Each is read once more.
    /// </summary>
    public static void Write(string folder)
    {
        IEnumerable<string> lines = Directory.GetFiles(folder)
            .Order(StringComparer.Ordinal)
            .Select(file => $"{Sha256.OfFile(file)}  {Path.GetFileName(file)}\n");
        File.WriteAllText(Path.Combine(folder, FileName), string.Concat(lines));
    }

    /// <summary>Checks a folder that was exported against its <see cref="FileName"/>.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="needed">The files that must be listed.</param>
    /// <param name="hashes">Remembers which files were read before.</param>
    /// <returns>Whether there are checksums; an earlier version wrote none.</returns>
    /// <exception cref="WorkException">A file is damaged or missing: it is named.</exception>
    public static bool CheckExported(string folder, IEnumerable<string> needed, FileHashes hashes)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            return false;
        string text = UserFile.ReadAllText(path, FileLimits.Document);
        Match[] lines = [.. Line().Matches(text).AsEnumerable()];
        if (lines.Sum(line => line.Length) != text.Length)
            throw new WorkException($"'{path}' is damaged: a line is no checksum and name. Export the model again.");
        var listed = new Dictionary<string, string>();
        foreach (Match line in lines)
            listed[line.Groups["name"].Value] = line.Groups["sha256"].Value;
        Compare(listed.Select(file => (Path.Combine(folder, file.Key), file.Value)), hashes);
        string? unlisted = needed.FirstOrDefault(name => !listed.ContainsKey(name));
        return unlisted is null
            ? true
            : throw new WorkException($"'{path}' is damaged: it does not list '{unlisted}'. Export the model again.");
    }

    /// <summary>Checks a folder's files against what was recorded of them.</summary>
    /// <exception cref="WorkException">A file is damaged or missing: it is named.</exception>
    public static void Check(string folder, IReadOnlyDictionary<string, FileChecksum> files, FileHashes hashes)
    {
        string full = Path.GetFullPath(folder);
        foreach ((string name, FileChecksum expected) in files)
        {
            string path = Path.Combine(full, name);
            if (UserFile.KindOf(path) == FileKind.File && FileIdentity.Of(path).Bytes != expected.Bytes)
                throw Damaged(path);
        }

        Compare(files.Select(file => (Path.Combine(full, file.Key), file.Value.Sha256)), hashes);
    }

    private static void Compare(IEnumerable<(string Path, string Sha256)> expected, FileHashes hashes)
    {
        (string Path, string Sha256)[] files = [.. expected];
        foreach ((string path, _) in files)
        {
            FileKind kind = UserFile.KindOf(path);
            if (kind == FileKind.Missing)
                throw new WorkException($"'{path}' is missing.");
            if (kind != FileKind.File)
                throw Damaged(path);
        }

        IReadOnlyDictionary<string, string> found = hashes.OfFiles([.. files.Select(file => file.Path)]);
        foreach ((string path, string sha256) in files)
        {
            if (found[path] != sha256)
                throw Damaged(path);
        }
    }

    private static WorkException Damaged(string path) => new($"'{path}' is damaged: it is not what was written.");

    [GeneratedRegex(@"\G(?<sha256>[0-9a-f]{64})  (?<name>[A-Za-z0-9._-]+)\n")]
    private static partial Regex Line();
}
