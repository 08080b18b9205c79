using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using VisualChat.Pipeline.Serving.Protocol;

namespace VisualChat.Pipeline.Serving.Http;

/// <summary>Sends a body of JSON.</summary>
internal static class JsonResponse
{
    public static async Task SendAsync<T>(
        HttpResponse response, int status, T body, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(body, type);
        response.StatusCode = status;
        response.ContentType = "application/json";
        response.ContentLength = json.Length;
        await response.Body.WriteAsync(json, cancellation);
    }

    public static Task SendErrorAsync(HttpResponse response, ApiException error, CancellationToken cancellation)
    {
        if (error.RetryAfter is { } wait)
            response.Headers.RetryAfter = $"{wait.TotalSeconds:F0}";
        if (error.Status == 401)
            response.Headers.WWWAuthenticate = "Bearer";
        return SendAsync(response, error.Status, ErrorBody.Of(error), ProtocolJson.Readable.ErrorBody, cancellation);
    }
}
