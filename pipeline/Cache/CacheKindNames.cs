namespace VisualChat.Pipeline.Cache;

/// <summary>The kinds as a user writes and reads them; JSON has the same names.</summary>
internal static class CacheKindNames
{
    public static string[] All => Array.ConvertAll(Enum.GetValues<CacheKind>(), ToName);

    public static string ToName(this CacheKind kind) => kind.ToString().ToLowerInvariant();

    /// <param name="name">One of <see cref="All"/>.</param>
    public static CacheKind Parse(string name) =>
        Enum.GetValues<CacheKind>().Single(kind => kind.ToName() == name);
}
