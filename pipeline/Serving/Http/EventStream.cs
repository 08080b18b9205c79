using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace VisualChat.Pipeline.Serving.Http;

/// <summary>Server-sent events, each one JSON document, as OpenAI sends them.</summary>
internal sealed class EventStream(HttpResponse response, CancellationToken cancellation)
{
    /// <summary>Sets the headers. After the first event the status cannot change.</summary>
    public void Begin()
    {
        response.ContentType = "text/event-stream; charset=utf-8";
        response.Headers.CacheControl = "no-cache";

        // Some proxies would hold the events back.
        response.Headers["X-Accel-Buffering"] = "no";
    }

    public async Task SendAsync<T>(T data, JsonTypeInfo<T> type)
    {
        await response.Body.WriteAsync("data: "u8.ToArray(), cancellation);
        await response.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(data, type), cancellation);
        await response.Body.WriteAsync("\n\n"u8.ToArray(), cancellation);
        await response.Body.FlushAsync(cancellation);
    }

    /// <summary>Sends the mark that nothing follows.</summary>
    public async Task EndAsync()
    {
        await response.Body.WriteAsync("data: [DONE]\n\n"u8.ToArray(), cancellation);
        await response.Body.FlushAsync(cancellation);
    }
}
