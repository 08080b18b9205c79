using System.Text.RegularExpressions;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Cache;

/// <summary>
/// The folder of what later runs need not make again. Several users and processes may share it, and
/// other things may lie in it: an entry is what has exactly the form of one, and never a link.
/// </summary>
/// <param name="path">The folder, which need not be there; null: nothing is kept.</param>
/// <param name="formerNatives">
/// Where earlier versions kept native libraries; null: not looked at.
/// </param>
internal sealed partial class CacheFolder(string? path, string? formerNatives = null)
{
    /// <summary>A file of every world: its lock, and the mark of its last use.</summary>
    public const string WorldMarker = "sample-world.json";

    private const string Variable = "VISUALCHAT_CACHE";

    // Hidden ones too, and never behind a link.
    private static readonly EnumerationOptions Entries = new()
    {
        AttributesToSkip = FileAttributes.ReparsePoint,
        IgnoreInaccessible = true,
    };

    private static readonly EnumerationOptions EntriesBelow = new()
    {
        AttributesToSkip = FileAttributes.ReparsePoint,
        IgnoreInaccessible = true,
        RecurseSubdirectories = true,
    };

    /// <summary>The folder; null where there is no home folder and none is named.</summary>
    public string? Path { get; } = path;

    /// <summary>
    /// The user's: <c>$VISUALCHAT_CACHE</c>, else <c>$XDG_CACHE_HOME/visualchat</c>, else
    /// <c>~/.cache/visualchat</c>.
    /// </summary>
    public static CacheFolder OfUser()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } own)
            return new CacheFolder(System.IO.Path.GetFullPath(own));
        string data = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData);
        string? natives = data.Length == 0 ? null : System.IO.Path.Join(data, "visualchat", "native");

        // XDG Base Directory Specification: a relative path is to be ignored.
        string? caches = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        if (caches is null || !System.IO.Path.IsPathRooted(caches))
        {
            string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            if (home.Length == 0)
                return new CacheFolder(null);
            caches = System.IO.Path.Join(home, ".cache");
        }

        return new CacheFolder(System.IO.Path.Join(caches, "visualchat"), natives);
    }

    /// <summary>The folder of a sample world.</summary>
    /// <param name="name">
    /// What tells it from other worlds, in letters, digits and <c>.+-</c>.
    /// </param>
    public string? WorldOf(string name) => Path is null ? null : System.IO.Path.Join(Path, $"sample-world-{name}");

    /// <summary>The file of an index.</summary>
    /// <param name="hash">What tells it from other indexes, in 32 hexadecimal digits.</param>
    public string? IndexOf(string hash) => Path is null ? null : System.IO.Path.Join(Path, $"{hash}.index");

    /// <summary>The hashes of files that were read before.</summary>
    /// <param name="notes">Told what is read where that takes seconds.</param>
    public FileHashes Hashes(TextWriter notes) => new(Path, notes);

    /// <summary>Whether a folder is directly in this one.</summary>
    public bool Has(string folder) => Path is not null && System.IO.Path.GetDirectoryName(folder) == Path;

    /// <summary>
    /// What is kept now, by kind, and within a kind the last used first. Costs a look at every file
    /// of every world. What others remove meanwhile is left out.
    /// </summary>
    public IReadOnlyList<CacheEntry> List() =>
    [
        .. In(Path, KindOf).Concat(In(formerNatives, KindOfNative))
            .OrderBy(entry => entry.Kind)
            .ThenByDescending(entry => entry.LastUsed)
            .ThenBy(entry => entry.Name, StringComparer.Ordinal),
    ];

    private static IEnumerable<CacheEntry> In(string? folder, Func<FileSystemInfo, CacheKind?> kindOf)
    {
        if (!Directory.Exists(folder))
            yield break;
        foreach (FileSystemInfo found in new DirectoryInfo(folder).EnumerateFileSystemInfos("*", Entries))
        {
            if (kindOf(found) is { } kind && EntryOf(found, kind) is { } entry)
                yield return entry;
        }
    }

    private static CacheKind? KindOf(FileSystemInfo found) => found switch
    {
        DirectoryInfo when WorldName().IsMatch(found.Name) =>
            File.Exists(System.IO.Path.Join(found.FullName, WorldMarker)) ? CacheKind.World : null,
        DirectoryInfo when UnfinishedFolderName().IsMatch(found.Name) => CacheKind.Unfinished,
        FileInfo when IndexName().IsMatch(found.Name) => CacheKind.Index,
        FileInfo when found.Name == FileHashes.FileName => CacheKind.Checksums,
        FileInfo when UnfinishedFileName().IsMatch(found.Name) => CacheKind.Unfinished,
        _ => null,
    };

    private static CacheKind? KindOfNative(FileSystemInfo found) => found switch
    {
        FileInfo when NativeName().IsMatch(found.Name) => CacheKind.Native,
        FileInfo when UnfinishedNativeName().IsMatch(found.Name) => CacheKind.Unfinished,
        _ => null,
    };

    private static CacheEntry? EntryOf(FileSystemInfo found, CacheKind kind)
    {
        try
        {
            if (found is FileInfo file)
                return new CacheEntry(kind, file.Name, file.Length, file.LastWriteTimeUtc, file.FullName);
            FileInfo[] files = [.. ((DirectoryInfo)found).EnumerateFiles("*", EntriesBelow)];
            DateTime lastUsed = kind == CacheKind.World
                ? File.GetLastWriteTimeUtc(System.IO.Path.Join(found.FullName, WorldMarker))
                : files.Select(below => below.LastWriteTimeUtc).Append(found.LastWriteTimeUtc).Max();
            return new CacheEntry(kind, found.Name, files.Sum(below => below.Length), lastUsed, found.FullName);
        }
        catch (IOException)
        {
            return null;
        }
    }

    [GeneratedRegex(@"^sample-world-[0-9A-Za-z.+-]+\z")]
    private static partial Regex WorldName();

    // What AtomicFolder.Add makes, and what CacheRemoval has taken out of its place.
    [GeneratedRegex(@"^\.(unfinished-[0-9a-f]{32}-sample-world-[0-9A-Za-z.+-]+|removed-[0-9a-f]{32})\z")]
    private static partial Regex UnfinishedFolderName();

    [GeneratedRegex(@"^[0-9a-f]{32}\.index\z")]
    private static partial Regex IndexName();

    [GeneratedRegex(@"^[0-9a-f]{32}\.index\.[0-9a-f]{32}\.tmp\z")]
    private static partial Regex UnfinishedFileName();

    [GeneratedRegex(@"^libLibTorchSharp-[0-9a-f]{16}\.so\z")]
    private static partial Regex NativeName();

    [GeneratedRegex(@"^libLibTorchSharp-[0-9a-f]{16}\.so\.[0-9]+-[0-9a-f]{32}\z")]
    private static partial Regex UnfinishedNativeName();
}
