using Microsoft.AspNetCore.Http;

namespace VisualChat.Pipeline.Serving.Http;

/// <summary>Reads a request's body into one piece of memory.</summary>
internal static class RequestBody
{
    private const int FirstBytes = 64 * 1024;

    /// <summary>Reads a body. A length in its head is only a claim: memory follows what has come.</summary>
    /// <param name="request">The request, whose size the server bounds.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="BadHttpRequestException">It is too large, or ends early.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpRequest request, CancellationToken cancellation)
    {
        byte[] bytes = new byte[FirstBytes];
        int length = 0;
        int read;
        while ((read = await request.Body.ReadAsync(bytes.AsMemory(length), cancellation).ConfigureAwait(false)) > 0)
        {
            length += read;
            if (length == bytes.Length)
                Array.Resize(ref bytes, 2 * length);
        }

        return bytes.AsMemory(0, length);
    }
}
