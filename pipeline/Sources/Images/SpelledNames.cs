using System.Collections.Concurrent;

namespace VisualChat.Pipeline.Sources.Images;

/// <summary>
/// Finds a file that a record names in another spelling: a name taken apart by Unicode's rules, or
/// an extension in other case. Asked only when there is nothing under the name as it stands. The
/// first miss in a folder lists it, a tenth of a second for 100,000 names; kept are only the names
/// that differ from their usual spelling, in most folders none.
/// </summary>
/// <param name="root">The folder that names start from.</param>
internal sealed class SpelledNames(string root)
{
    private readonly ConcurrentDictionary<string, Lazy<Dictionary<string, string?>>> _folders = new();

    /// <summary>The name as it is on the disk; null if there is none, or more than one.</summary>
    /// <param name="name">
    /// Parts with slashes between them, none of them <c>.</c> or <c>..</c>.
    /// </param>
    public string? Find(string name)
    {
        string found = "";
        foreach (string part in name.Split('/'))
        {
            string folder = Path.Join(root, found);
            if (Path.Exists(Path.Join(folder, part)))
                found = Path.Join(found, part);
            else if (FindIn(folder, part) is { } spelled)
                found = Path.Join(found, spelled);
            else
                return null;
        }

        return found;
    }

    private string? FindIn(string folder, string part)
    {
        Dictionary<string, string?> unusual = _folders.GetOrAdd(
            folder, key => new Lazy<Dictionary<string, string?>>(() => UnusualOf(key))).Value;
        string usual = UsualOf(part);
        bool isThere = usual != part && Path.Exists(Path.Join(folder, usual));
        if (!unusual.TryGetValue(usual, out string? spelled))
            return isThere ? usual : null;
        return isThere ? null : spelled;
    }

    // From the usual spelling of a name to the one that the disk has; null: several.
    private static Dictionary<string, string?> UnusualOf(string folder)
    {
        var unusual = new Dictionary<string, string?>();
        try
        {
            foreach (string path in Directory.EnumerateFileSystemEntries(folder))
            {
                string name = Path.GetFileName(path);
                string usual = UsualOf(name);
                if (usual != name && !unusual.TryAdd(usual, name))
                    unusual[usual] = null;
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A folder that cannot be listed has no other spellings.
        }

        return unusual;
    }

    private static string UsualOf(string name)
    {
        string decomposed = CanonicalText.Decompose(name);
        int extension = decomposed.LastIndexOf('.');
        return extension <= 0
            ? decomposed
            : string.Concat(decomposed.AsSpan(0, extension), decomposed[extension..].ToLowerInvariant());
    }
}
