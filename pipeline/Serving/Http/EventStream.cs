using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace VisualChat.Pipeline.Serving.Http;

/// <summary>Server-sent events, each one JSON document, as OpenAI sends them.</summary>
/// <param name="response">Where to.</param>
/// <param name="cancellation">Ends it.</param>
internal sealed class EventStream(HttpResponse response, CancellationToken cancellation)
{
    /// <summary>Sends the head, after which the status cannot change.</summary>
    public void Begin()
    {
        response.ContentType = "text/event-stream; charset=utf-8";
        response.Headers.CacheControl = "no-cache";

        // Some proxies would hold the pieces back.
        response.Headers["X-Accel-Buffering"] = "no";
    }

    /// <summary>Sends an event.</summary>
    public async Task SendAsync<T>(T data, JsonTypeInfo<T> type)
    {
        await response.Body.WriteAsync("data: "u8.ToArray(), cancellation).ConfigureAwait(false);
        await response.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(data, type), cancellation).ConfigureAwait(false);
        await response.Body.WriteAsync("\n\n"u8.ToArray(), cancellation).ConfigureAwait(false);
        await response.Body.FlushAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Sends the mark that nothing follows.</summary>
    public async Task EndAsync()
    {
        await response.Body.WriteAsync("data: [DONE]\n\n"u8.ToArray(), cancellation).ConfigureAwait(false);
        await response.Body.FlushAsync(cancellation).ConfigureAwait(false);
    }
}
