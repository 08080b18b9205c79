namespace VisualChat.Pipeline.Storage;

/// <summary>
/// Folders that appear whole or not at all: filled under a temporary name beside their place, then
/// renamed.
/// </summary>
internal static class AtomicFolder
{
    private const string UnfinishedPrefix = ".unfinished-";
    private const string ReplacedPrefix = ".replaced-";

    /// <summary>
    /// Makes a folder, or replaces one. For one process at a time: what a killed one left
    /// unfinished is thrown away.
    /// </summary>
    /// <param name="path">The folder; the one it is in is made if needed.</param>
    /// <param name="fill">Fills the empty folder whose path it gets.</param>
    public static void Replace(string path, Action<string> fill)
    {
        string unfinished = Beside(path, UnfinishedPrefix);
        DeleteIfThere(unfinished);
        Directory.CreateDirectory(unfinished);
        fill(unfinished);

        // A folder cannot be renamed over one that has files.
        string replaced = Beside(path, ReplacedPrefix);
        if (Directory.Exists(path))
        {
            DeleteIfThere(replaced);
            Directory.Move(path, replaced);
        }

        Directory.Move(unfinished, path);
        DeleteIfThere(replaced);
    }

    /// <summary>
    /// Makes a folder that several processes may make at once, with the same content. The first to
    /// finish wins, and the others throw away theirs.
    /// </summary>
    /// <param name="path">The folder; the one it is in is made if needed.</param>
    /// <param name="fill">Fills the empty folder whose path it gets.</param>
    public static void Add(string path, Action<string> fill)
    {
        string unfinished = Beside(path, $"{UnfinishedPrefix}{Guid.NewGuid():N}-");
        try
        {
            Directory.CreateDirectory(unfinished);
            fill(unfinished);
            Directory.Move(unfinished, path);
        }
        catch (IOException) when (Directory.Exists(path))
        {
            // Another process was first.
        }
        finally
        {
            DeleteIfThere(unfinished);
        }
    }

    /// <summary>
    /// Clears up after a killed process that replaced folders: unfinished ones go, and a folder
    /// comes back if its replacement did not appear.
    /// </summary>
    /// <param name="parent">What the folders are in; no other process may replace one.</param>
    public static void Recover(string parent)
    {
        if (!Directory.Exists(parent))
            return;
        foreach (string unfinished in Directory.GetDirectories(parent, UnfinishedPrefix + "*"))
            Directory.Delete(unfinished, recursive: true);
        foreach (string replaced in Directory.GetDirectories(parent, ReplacedPrefix + "*"))
        {
            string path = Path.Combine(parent, Path.GetFileName(replaced)[ReplacedPrefix.Length..]);
            if (Directory.Exists(path))
                Directory.Delete(replaced, recursive: true);
            else
                Directory.Move(replaced, path);
        }
    }

    private static string Beside(string path, string prefix)
    {
        string whole = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        return Path.Combine(Path.GetDirectoryName(whole)!, prefix + Path.GetFileName(whole));
    }

    private static void DeleteIfThere(string folder)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }
}
