namespace VisualChat.Pipeline.Terminal.Chat;

/// <summary>How a person writes the path of an image, and where it leads.</summary>
/// <param name="folder">The folder that relative paths start from.</param>
/// <param name="home">What <c>~</c> stands for.</param>
internal sealed class ImageFiles(string folder, string home)
{
    private static readonly string[] Extensions =
        [".jpg", ".jpeg", ".png", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".ppm"];

    /// <summary>The image files of the process's folder and user.</summary>
    public static ImageFiles OfProcess() =>
        new(Environment.CurrentDirectory, Environment.GetFolderPath(Environment.SpecialFolder.UserProfile));

    public static bool HasImageExtension(string name) =>
        Extensions.Any(extension => name.EndsWith(extension, StringComparison.OrdinalIgnoreCase));

    /// <summary>The full path that was meant; null if the text cannot be a path.</summary>
    public string? FullPath(string written)
    {
        if (written.Contains('\0'))
            return null;
        if (written.StartsWith("file://", StringComparison.OrdinalIgnoreCase))
            return PathOf(written);
        if (written.StartsWith("~/", StringComparison.Ordinal))
            return Path.GetFullPath(written[2..], home);
        return written.Length == 0 ? null : Path.GetFullPath(written, folder);
    }

    /// <summary>
    /// The image file that was meant; null if it is not there, or not named as an image.
    /// </summary>
    public string? Find(string written) =>
        HasImageExtension(written) && FullPath(written) is { } path && File.Exists(path) ? path : null;

    private static string? PathOf(string address)
    {
        bool isLocal = Uri.TryCreate(address, UriKind.Absolute, out Uri? uri)
            && uri.IsFile
            && uri.Host is "" or "localhost";
        return isLocal ? uri!.LocalPath : null;
    }
}
