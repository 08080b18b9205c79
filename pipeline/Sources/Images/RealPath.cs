namespace VisualChat.Pipeline.Sources.Images;

/// <summary>Follows symbolic links anywhere in a path, as POSIX <c>realpath</c> does.</summary>
internal static class RealPath
{
    // As many as Linux follows (ELOOP).
    private const int MaxLinks = 40;

    /// <summary>The path without any link; null if links go in a circle.</summary>
    public static string? Of(string path)
    {
        string full = Path.GetFullPath(path);
        string root = Path.GetPathRoot(full)!;
        var rest = new Stack<string>(full[root.Length..].Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse());
        string real = root;
        int links = 0;
        while (rest.TryPop(out string? part))
        {
            if (part == ".")
                continue;
            if (part == "..")
            {
                real = Path.GetDirectoryName(real) ?? root;
                continue;
            }

            string next = Path.Join(real, part);
            string? target = new FileInfo(next).LinkTarget;
            if (target is null)
            {
                real = next;
                continue;
            }

            if (++links > MaxLinks)
                return null;
            foreach (string inner in target.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse())
                rest.Push(inner);
            if (target.StartsWith('/'))
                real = root;
        }

        return real;
    }
}
