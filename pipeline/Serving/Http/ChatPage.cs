using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;

namespace VisualChat.Pipeline.Serving.Http;

/// <summary>The chat page's files, embedded in the program.</summary>
internal sealed class ChatPage
{
    // Nothing but the page's own files; pictures may also come from its memory. It cannot be framed, and sends nothing elsewhere.
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private readonly Dictionary<string, PageFile> _files = [];

    /// <summary>Reads the files.</summary>
    public ChatPage()
    {
        const string room = "serving/";
        foreach (string resource in typeof(ChatPage).Assembly.GetManifestResourceNames().Where(name => name.StartsWith(room, StringComparison.Ordinal)))
        {
            string name = resource[room.Length..];
            _files.Add(name == "page.html" ? "/" : $"/page/{name}", PageFile.Of(resource));
        }

        _files.Add("/page/base.css", PageFile.Of("pages/base.css"));
    }

    /// <summary>Whether a path is one of the page's.</summary>
    public bool Has(string path) => _files.ContainsKey(path);

    /// <summary>Sends a file.</summary>
    public async Task SendAsync(HttpContext context, string path)
    {
        PageFile file = _files[path];
        HttpResponse response = context.Response;
        response.Headers.ContentSecurityPolicy = Policy;
        response.Headers["Referrer-Policy"] = "no-referrer";
        response.Headers["Cross-Origin-Opener-Policy"] = "same-origin";
        response.Headers.CacheControl = "no-cache";
        response.Headers.ETag = file.Tag;
        if (context.Request.Headers.IfNoneMatch == file.Tag)
        {
            response.StatusCode = 304;
            return;
        }

        response.ContentType = file.Type;
        response.ContentLength = file.Bytes.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
            await response.Body.WriteAsync(file.Bytes, context.RequestAborted).ConfigureAwait(false);
    }

    private sealed record PageFile(byte[] Bytes, string Type, string Tag)
    {
        public static PageFile Of(string resource)
        {
            using Stream stream = typeof(ChatPage).Assembly.GetManifestResourceStream(resource)!;
            byte[] bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            string type = Path.GetExtension(resource) switch
            {
                ".html" => "text/html; charset=utf-8",
                ".css" => "text/css; charset=utf-8",
                ".js" => "text/javascript; charset=utf-8",
                ".svg" => "image/svg+xml",
                string other => throw new InvalidOperationException($"The page has a file of type '{other}'."),
            };
            return new PageFile(bytes, type, $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes))[..16]}\"");
        }
    }
}
