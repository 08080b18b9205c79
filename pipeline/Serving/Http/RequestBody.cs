using Microsoft.AspNetCore.Http;
using VisualChat.Pipeline.Serving.Protocol;

namespace VisualChat.Pipeline.Serving.Http;

/// <summary>Reads a request's body into one piece of memory.</summary>
internal static class RequestBody
{
    private const int FirstBytes = 64 * 1024;

    /// <summary>
    /// Reads a body. Content-Length is only a claim: memory grows with the bytes that arrive.
    /// </summary>
    /// <param name="request">The request.</param>
    /// <param name="mostBytes">
    /// Bytes beyond which the body is refused. The server then discards the rest for some seconds,
    /// so that the client receives the error.
    /// </param>
    /// <param name="cancellation">Stops reading.</param>
    /// <exception cref="ApiException">The body is too large.</exception>
    /// <exception cref="BadHttpRequestException">The body ends early.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(
        HttpRequest request, long mostBytes, CancellationToken cancellation)
    {
        if (request.ContentLength > mostBytes)
            throw TooLarge(mostBytes);
        byte[] bytes = new byte[FirstBytes];
        int length = 0;
        int read;
        while ((read = await request.Body.ReadAsync(bytes.AsMemory(length), cancellation)) > 0)
        {
            length += read;
            if (length > mostBytes)
                throw TooLarge(mostBytes);
            if (length == bytes.Length)
                Array.Resize(ref bytes, 2 * length);
        }

        return bytes.AsMemory(0, length);
    }

    private static ApiException TooLarge(long mostBytes) =>
        new(413, $"The body has more than {mostBytes:N0} bytes.") { Code = "request_too_large" };
}
