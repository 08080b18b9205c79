using System.CommandLine;
using VisualChat.Pipeline.Cache;
using VisualChat.Pipeline.Errors;

namespace VisualChat.Pipeline.Commands;

/// <summary>What <c>cache clear</c> is asked for.</summary>
internal sealed record CacheClearOptions
{
    // More days than that are before the first date that there is.
    private const int MaxHours = 24 * 365 * 1000;

    /// <summary>The only kind to remove; null: all.</summary>
    public CacheKind? Kind { get; init; }

    /// <summary>Removes only what has been unused for longer; null: all.</summary>
    public TimeSpan? OlderThan { get; init; }

    /// <summary>Removes nothing.</summary>
    public bool DryRun { get; init; }

    public bool Json { get; init; }

    public CacheFolder Folder { get; init; } = CacheFolder.OfUser();

    /// <exception cref="InputException">A value cannot be followed.</exception>
    public static CacheClearOptions From(ParseResult parsed) => new()
    {
        Kind = parsed.GetValue<string?>("KIND") is { } name ? CacheKindNames.Parse(name) : null,
        OlderThan = parsed.GetValue<string?>("--older-than") is { } age ? AgeOf(age) : null,
        DryRun = parsed.GetValue<bool>("--dry-run"),
        Json = parsed.GetValue<bool>("--json"),
    };

    /// <summary>Whether an entry is among what is to be removed.</summary>
    public bool Includes(CacheEntry entry) =>
        (Kind is null || entry.Kind == Kind)
        && (OlderThan is null || entry.LastUsed < DateTime.UtcNow - OlderThan);

    private static TimeSpan AgeOf(string given)
    {
        int hoursPerUnit = given.Length == 0 ? 0 : given[^1] switch { 'd' => 24, 'h' => 1, _ => 0 };
        bool isNumber = int.TryParse(given.AsSpan(..Math.Max(0, given.Length - 1)), out int number);
        if (hoursPerUnit == 0 || !isNumber || number < 0 || (long)number * hoursPerUnit > MaxHours)
        {
            throw new InputException(
                $"--older-than '{given}' is no age: write days or hours, such as 30d or 12h.");
        }

        return TimeSpan.FromHours((double)number * hoursPerUnit);
    }
}
