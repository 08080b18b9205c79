namespace VisualChat.Pipeline.Storage;

/// <summary>
/// The <c>~</c> at the beginning of a path, which no system call knows. A shell replaces it only
/// where it stands alone as a word: not in a recipe, and not in <c>--out=~/shards</c>.
/// </summary>
internal static class HomeFolder
{
    /// <summary>
    /// A path with the user's home folder for a leading <c>~</c>; any other as it is.
    /// </summary>
    public static string Expand(string path) =>
        path == "~" || path.StartsWith("~/", StringComparison.Ordinal)
            ? Path.TrimEndingDirectorySeparator(Home()) + path[1..]
            : path;

    private static string Home() =>
        Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify);
}
