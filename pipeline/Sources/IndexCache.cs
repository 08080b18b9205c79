namespace VisualChat.Pipeline.Sources;

/// <summary>Keeps indexes between runs.</summary>
/// <param name="folder">Where.</param>
public sealed class IndexCache(string folder)
{
    /// <summary>The folder.</summary>
    public string Folder { get; } = folder;

    /// <summary>The user's cache: <c>$VISUALCHAT_CACHE</c>, else <c>$XDG_CACHE_HOME/visualchat</c>, else <c>~/.cache/visualchat</c>.</summary>
    public static IndexCache OfUser()
    {
        if (Environment.GetEnvironmentVariable("VISUALCHAT_CACHE") is { Length: > 0 } own)
            return new IndexCache(own);
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string caches = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } named ? named : Path.Join(home, ".cache");
        return new IndexCache(Path.Join(caches, "visualchat"));
    }
}
