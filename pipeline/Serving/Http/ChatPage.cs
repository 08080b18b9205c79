using Microsoft.AspNetCore.Http;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Serving.Http;

/// <summary>The files of the chat page, embedded in the program.</summary>
internal sealed class ChatPage
{
    private const string ResourceFolder = "serving/";

    // The page loads only its own files, and images from its memory. It cannot be framed, and sends
    // nothing elsewhere.
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; " +
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private readonly Dictionary<string, PageFile> _files = [];

    public ChatPage()
    {
        IEnumerable<string> resources = typeof(ChatPage).Assembly
            .GetManifestResourceNames()
            .Where(name => name.StartsWith(ResourceFolder, StringComparison.Ordinal));
        foreach (string resource in resources)
        {
            string name = resource[ResourceFolder.Length..];
            _files.Add(name == "page.html" ? "/" : $"/page/{name}", PageFile.Read(resource));
        }

        _files.Add("/page/base.css", PageFile.Read("pages/base.css"));
    }

    /// <summary>Whether a path is one of the page's.</summary>
    public bool Has(string path) => _files.ContainsKey(path);

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
            await response.Body.WriteAsync(file.Bytes, context.RequestAborted);
    }

    private sealed record PageFile(byte[] Bytes, string Type, string Tag)
    {
        public static PageFile Read(string resource)
        {
            using Stream stream = typeof(ChatPage).Assembly.GetManifestResourceStream(resource)!;
            byte[] bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            string tag = $"\"{Sha256.Of(bytes)[..16]}\"";
            return new PageFile(bytes, TypeOf(resource), tag);
        }

        private static string TypeOf(string resource) => Path.GetExtension(resource) switch
        {
            ".html" => "text/html; charset=utf-8",
            ".css" => "text/css; charset=utf-8",
            ".js" => "text/javascript; charset=utf-8",
            ".svg" => "image/svg+xml",
            string other => throw new InvalidOperationException($"The page has a file of type '{other}'."),
        };
    }
}
