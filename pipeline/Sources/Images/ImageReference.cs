using System.Buffers;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Sources.Images;

/// <summary>
/// How a record may write where an image file lies: a path relative to the image folder, an
/// absolute path, a path with <c>~</c> or a <c>file:</c> URI. Which places it may lead to is
/// decided by <see cref="NamedPlaces"/>.
/// </summary>
/// <param name="Paths">
/// The paths that may be meant, the first first: a text as it stands, then with slashes for the
/// backslashes of Windows. Absolute if they begin with a slash.
/// </param>
/// <param name="Refusal">Why it can be no path here; null if it can.</param>
internal readonly record struct ImageReference(IReadOnlyList<string> Paths, string? Refusal)
{
    private const int LongestShown = 200;

    private static readonly SearchValues<char> Unusual = SearchValues.Create(":\\\0");

    /// <summary>
    /// Whether a text is a relative path and nothing else, as nearly all are. Costs no memory.
    /// </summary>
    public static bool IsPlain(ReadOnlySpan<char> text) =>
        text.Length > 0
        && text[0] is not ('/' or '~' or '.')
        && !text.ContainsAny(Unusual)
        && !text.Contains("/.", StringComparison.Ordinal)
        && !text.Contains("//", StringComparison.Ordinal);

    /// <summary>Reads a text that is not plain.</summary>
    public static ImageReference Read(string text)
    {
        if (text.Contains('\0'))
            return Refused("has a character that a path here cannot have");
        if (text.StartsWith("file:", StringComparison.OrdinalIgnoreCase))
            return OfFile(text["file:".Length..]);
        if (SchemeOf(text) is { } scheme)
        {
            return Refused(scheme.ToLowerInvariant() is "http" or "https"
                ? "is an address, and nothing is downloaded: put the image into the image folder and name it there"
                : $"is an address of the kind '{scheme}', which is not read; "
                    + "put the image into the image folder and name it there");
        }

        if (text.Length > 1 && text[1] == ':' && char.IsAsciiLetter(text[0]))
            return Refused("is an absolute path of Windows: name the image relative to the image folder");
        string expanded = HomeFolder.Expand(text);
        List<string> paths = [text];
        if (expanded != text)
            paths.Add(expanded);
        if (text.Contains('\\'))
            paths.Add(text.Replace('\\', '/'));
        return new ImageReference(paths, null);
    }

    /// <summary>A text for a message: what is long is cut.</summary>
    public static string Shown(string text) =>
        text.Length <= LongestShown ? text : $"{text.AsSpan(0, LongestShown)}...";

    private static ImageReference Refused(string refusal) => new([], refusal);

    // RFC 8089: file:///path, file://localhost/path and file:/path.
    private static ImageReference OfFile(string rest)
    {
        if (rest.StartsWith("//", StringComparison.Ordinal))
        {
            int path = rest.IndexOf('/', 2);
            string host = path < 0 ? rest[2..] : rest[2..path];
            if (host.Length > 0 && !host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
                return Refused($"names a file of another machine, '{host}': copy it into the image folder");
            rest = path < 0 ? "" : rest[path..];
        }

        if (!rest.StartsWith('/'))
            return Refused("is a file: address without an absolute path");
        if (rest.Length > 2 && rest[2] == ':')
            return Refused("is an absolute path of Windows: name the image relative to the image folder");
        string decoded = Uri.UnescapeDataString(rest);
        if (decoded.Contains('\0'))
            return Refused("has a character that a path here cannot have");

        // A tool that only puts file:// before a path encodes nothing.
        return new ImageReference(decoded == rest ? [rest] : [decoded, rest], null);
    }

    private static string? SchemeOf(string text)
    {
        int end = text.IndexOf("://", StringComparison.Ordinal);
        if (end <= 0)
            return null;
        foreach (char letter in text.AsSpan(0, end))
        {
            if (!char.IsAsciiLetterOrDigit(letter) && letter is not ('+' or '-' or '.'))
                return null;
        }

        return text[..end];
    }
}
