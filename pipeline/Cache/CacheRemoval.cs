namespace VisualChat.Pipeline.Cache;

/// <summary>What came of removing entries.</summary>
/// <param name="Removed">What is gone.</param>
/// <param name="InUse">What stays because a process uses it, or just did.</param>
/// <param name="Failed">What could not be removed, and why.</param>
internal sealed record CacheRemoval(
    IReadOnlyList<CacheEntry> Removed,
    IReadOnlyList<CacheEntry> InUse,
    IReadOnlyList<(CacheEntry Entry, string Problem)> Failed)
{
    // A process at work changes what it has not finished far more often.
    private static readonly TimeSpan UnfinishedUseEnds = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Removes entries. Nothing is removed that a process uses, or has used since it was listed. A
    /// world disappears at once, by a rename: a process that is killed meanwhile leaves a folder
    /// that counts as unfinished.
    /// </summary>
    /// <param name="entries">As they were listed.</param>
    /// <param name="isDryRun">Whether to look only, and remove nothing.</param>
    public static CacheRemoval Of(IEnumerable<CacheEntry> entries, bool isDryRun = false)
    {
        var removed = new List<CacheEntry>();
        var inUse = new List<CacheEntry>();
        var failed = new List<(CacheEntry Entry, string Problem)>();
        foreach (CacheEntry entry in entries)
        {
            try
            {
                (Remove(entry, isDryRun) ? removed : inUse).Add(entry);
            }
            catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
            {
                // Another process removed it.
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                failed.Add((entry, exception.Message));
            }
        }

        return new CacheRemoval(removed, inUse, failed);
    }

    /// <summary>False: it is in use.</summary>
    private static bool Remove(CacheEntry entry, bool isDryRun)
    {
        if (entry.Kind == CacheKind.World)
            return RemoveWorld(entry, isDryRun);
        bool isUnused = entry.Kind == CacheKind.Unfinished
            ? DateTime.UtcNow - entry.LastUsed > UnfinishedUseEnds
            : File.GetLastWriteTimeUtc(entry.Path) <= entry.LastUsed;
        if (isUnused && !isDryRun)
            Delete(entry.Path);
        return isUnused;
    }

    private static bool RemoveWorld(CacheEntry entry, bool isDryRun)
    {
        string removed = Path.Join(Path.GetDirectoryName(entry.Path), $".removed-{Guid.NewGuid():N}");
        using (HeldWorld? held = HeldWorld.TryHoldAlone(entry.Path))
        {
            string marker = Path.Join(entry.Path, CacheFolder.WorldMarker);
            if (held is null || File.GetLastWriteTimeUtc(marker) > entry.LastUsed)
                return false;
            if (isDryRun)
                return true;
            Directory.Move(entry.Path, removed);
        }

        Delete(removed);
        return true;
    }

    // A process that has read an index, or has a library mapped, does not need its name any more.
    private static void Delete(string path)
    {
        if (Directory.Exists(path))
            Directory.Delete(path, recursive: true);
        else
            File.Delete(path);
    }
}
