using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace VisualChat.Pipeline.Pages;

/// <summary>
/// An HTML page that needs no other file: style, script and data are inside it, and its content
/// security policy lets it load nothing. The data is one JSON block. Every character that could end
/// the block must be escaped, as <see cref="System.Text.Json.Utf8JsonWriter"/> does by default. The
/// script turns the data into text nodes.
/// </summary>
internal static class SelfContainedPage
{
    private const string Mark = "@@";

    /// <summary>Writes a page.</summary>
    /// <param name="output">Receives UTF-8.</param>
    /// <param name="room">
    /// The embedded folder that holds <c>page.html</c>, <c>page.css</c> and <c>page.js</c>.
    /// </param>
    /// <param name="title">Plain text; escaped here.</param>
    /// <param name="data">The page's JSON.</param>
    /// <param name="hasCurves">Whether it draws curves.</param>
    public static void Write(
        Stream output, string room, string title, ReadOnlySpan<byte> data, bool hasCurves = false)
    {
        string curvesStyle = hasCurves ? ReadPart("pages/curves.css") + "\n" : "";
        string style = $"{ReadPart("pages/base.css")}\n{curvesStyle}{ReadPart($"{room}/page.css")}";
        string script = (hasCurves ? ReadPart("pages/curves.js") + "\n" : "") + ReadPart($"{room}/page.js");
        string[] parts = ReadPart($"{room}/page.html").Split(Mark);
        using var writer = new StreamWriter(output, new UTF8Encoding(false), leaveOpen: true);
        for (int part = 0; part < parts.Length; part++)
        {
            if (part % 2 == 0)
            {
                writer.Write(parts[part]);
                continue;
            }

            writer.Write(parts[part] switch
            {
                "TITLE" => WebUtility.HtmlEncode(title),
                "STYLE" => style,
                "STYLE_HASH" => HashOf(style),
                "SCRIPT" => script,
                "SCRIPT_HASH" => HashOf(script),
                "DATA" => Encoding.UTF8.GetString(data),
                string name => throw new InvalidOperationException($"The page has no part '{name}'."),
            });
        }
    }

    private static string HashOf(string text)
    {
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(text));
        return $"sha256-{Convert.ToBase64String(hash)}";
    }

    private static string ReadPart(string name)
    {
        using Stream part = typeof(SelfContainedPage).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(part, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
