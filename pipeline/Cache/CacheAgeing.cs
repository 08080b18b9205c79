namespace VisualChat.Pipeline.Cache;

/// <summary>
/// What is removed without being asked for, whenever something was added: entries that no command
/// has used for a month, what a killed process left, and the longest unused of the rest when all
/// together are too large. What was used within a day stays, so that a world that is larger than
/// the limit is not drawn again by every command.
/// </summary>
internal static class CacheAgeing
{
    /// <summary>Entries that no command uses for so many days are removed.</summary>
    public const int MaxUnusedDays = 30;

    /// <summary>All entries together; a gigabyte is 10^9 bytes.</summary>
    public const int MaxGigabytes = 10;

    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    /// <summary>
    /// Removes what is too old or too much. What cannot be removed stays, and is no error: the
    /// command that runs has other work.
    /// </summary>
    public static void Run(CacheFolder cache, long maxBytes = MaxGigabytes * 1_000_000_000L)
    {
        try
        {
            _ = CacheRemoval.Of(TooOldOrTooMuch(cache.List(), maxBytes));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The folder itself cannot be read.
        }
    }

    private static IEnumerable<CacheEntry> TooOldOrTooMuch(IReadOnlyList<CacheEntry> entries, long maxBytes)
    {
        DateTime now = DateTime.UtcNow;
        long bytes = entries.Sum(entry => entry.Bytes);
        foreach (CacheEntry entry in entries.OrderBy(entry => entry.LastUsed))
        {
            TimeSpan unused = now - entry.LastUsed;
            if (unused < Day)
                yield break;
            if (entry.Kind != CacheKind.Unfinished && unused < MaxUnusedDays * Day && bytes <= maxBytes)
                continue;
            bytes -= entry.Bytes;
            yield return entry;
        }
    }
}
