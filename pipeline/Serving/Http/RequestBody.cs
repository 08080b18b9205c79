using Microsoft.AspNetCore.Http;
using VisualChat.Pipeline.Serving.Protocol;

namespace VisualChat.Pipeline.Serving.Http;

/// <summary>Reads a request's body into one piece of memory.</summary>
internal static class RequestBody
{
    private const int FirstBytes = 64 * 1024;

    /// <summary>Reads a body. A length in its head is only a claim: memory follows what has come.</summary>
    /// <param name="request">The request.</param>
    /// <param name="mostBytes">Bytes beyond which it is refused. What is left of it the server then passes over for some seconds, so that the client hears of it.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="ApiException">It is too large.</exception>
    /// <exception cref="BadHttpRequestException">It ends early.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpRequest request, long mostBytes, CancellationToken cancellation)
    {
        if (request.ContentLength > mostBytes)
            throw TooLarge(mostBytes);
        byte[] bytes = new byte[FirstBytes];
        int length = 0;
        int read;
        while ((read = await request.Body.ReadAsync(bytes.AsMemory(length), cancellation).ConfigureAwait(false)) > 0)
        {
            length += read;
            if (length > mostBytes)
                throw TooLarge(mostBytes);
            if (length == bytes.Length)
                Array.Resize(ref bytes, 2 * length);
        }

        return bytes.AsMemory(0, length);
    }

    private static ApiException TooLarge(long mostBytes) => new(413, $"The body has more than {mostBytes:N0} bytes.") { Code = "request_too_large" };
}
