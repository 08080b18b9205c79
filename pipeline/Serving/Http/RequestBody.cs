using Microsoft.AspNetCore.Http;
using VisualChat.Pipeline.Serving.Bodies;
using VisualChat.Pipeline.Serving.Protocol;

namespace VisualChat.Pipeline.Serving.Http;

/// <summary>What a request's headers say about its body.</summary>
internal static class RequestBody
{
    private const string UnusedLength = "X-Content-Length";

    /// <summary>
    /// Refuses a body by its headers alone. The server then discards it for some seconds, so that
    /// the client receives the error.
    /// </summary>
    /// <param name="request">The request.</param>
    /// <param name="mostBytes">Bytes beyond which a body is refused.</param>
    /// <exception cref="ApiException">
    /// The body's length is not clear, or it is compressed or too large.
    /// </exception>
    public static void Check(HttpRequest request, long mostBytes)
    {
        // Two lengths, or an encoding beside the chunks: a proxy before the server may see another
        // body than the server does. Kestrel renames the length that it does not follow.
        string transfer = request.Headers.TransferEncoding.ToString();
        bool isUnclear = transfer.Length > 0
            && (!transfer.Equals("chunked", StringComparison.OrdinalIgnoreCase)
                || request.Headers.ContainsKey(UnusedLength));
        if (isUnclear)
            throw new ApiException(400, "The body must have a Content-Length, or come in chunks and nothing else.");

        // A small compressed body may become any number of bytes, and no client of this API sends
        // one.
        string encoding = request.Headers.ContentEncoding.ToString();
        if (encoding.Length > 0 && !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase))
        {
            throw new ApiException(415, "The body has a Content-Encoding: send it as it is, not compressed.")
            {
                Code = "unsupported_content_encoding",
            };
        }

        if (request.ContentLength > mostBytes)
            throw BodyReader.TooLarge(mostBytes);
    }
}
