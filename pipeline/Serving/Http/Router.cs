using Microsoft.AspNetCore.Http;
using VisualChat.Pipeline.Chat;
using VisualChat.Pipeline.Serving.Protocol;
using VisualChat.Pipeline.Serving.Scheduling;

namespace VisualChat.Pipeline.Serving.Http;

/// <summary>Leads each request to what answers it, and turns whatever goes wrong into an error body.</summary>
/// <param name="modelName">What the model is called.</param>
/// <param name="thread">The model.</param>
/// <param name="guard">Who may come in.</param>
/// <param name="completions">Answers questions.</param>
/// <param name="limits">What the model's card says of them.</param>
/// <param name="log">Where requests are noted.</param>
internal sealed class Router(string modelName, ModelThread thread, AccessGuard guard, CompletionEndpoint completions, ServeLimits limits, RequestLog log)
{
    private const string Models = "/v1/models";

    private readonly ChatPage _page = new();
    private readonly long _since = DateTimeOffset.UtcNow.ToUnixTimeSeconds();

    /// <summary>An error for a model that is not here.</summary>
    public static ApiException NoModel(string name) =>
        new(404, $"The model '{(name.Length <= 100 ? name : name[..100])}' does not exist; GET {Models} lists what does.") { Parameter = "model", Code = "model_not_found" };

    /// <summary>Answers a request.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        RequestLog.Entry entry = log.Begin(context);
        context.Response.Headers.XContentTypeOptions = "nosniff";
        try
        {
            entry.Summary = await RouteAsync(context).ConfigureAwait(false);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            entry.IsLeft = true;
        }
        catch (Exception exception)
        {
            ApiException error = exception switch
            {
                ApiException known => known,
                BadHttpRequestException bad => new ApiException(bad.StatusCode, bad.Message),
                _ => new ApiException(500, "The server failed. Its own output says more.") { Type = ApiException.ServerError },
            };
            entry.Error = error.Status == 500 ? exception : null;
            if (!context.Response.HasStarted)
                await SendErrorAsync(context, error).ConfigureAwait(false);
            else
                context.Abort();
        }
        finally
        {
            entry.End();
        }
    }

    private static async Task SendErrorAsync(HttpContext context, ApiException error)
    {
        try
        {
            await JsonResponse.SendErrorAsync(context.Response, error, context.RequestAborted).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Gone before it could be told.
        }
    }

    private async Task<AnswerSummary?> RouteAsync(HttpContext context)
    {
        string path = context.Request.Path.Value ?? "/";
        guard.CheckSite(context.Request);
        if (_page.Has(path))
        {
            Allow(context, "GET");
            await _page.SendAsync(context, path).ConfigureAwait(false);
            return null;
        }

        if (path == "/health")
        {
            Allow(context, "GET");
            bool isReady = thread.Opened.IsCompletedSuccessfully;
            await SendAsync(context, isReady ? 200 : 503, new Health(isReady ? "ok" : "loading", thread.Taken), ProtocolJson.Readable.Health).ConfigureAwait(false);
            return null;
        }

        guard.CheckKey(context.Request);
        if (path == "/v1/chat/completions")
        {
            Allow(context, "POST");
            return await completions.AnswerAsync(context).ConfigureAwait(false);
        }

        if (path == Models)
        {
            Allow(context, "GET");
            await SendAsync(context, 200, new ModelList([await CardAsync(context).ConfigureAwait(false)]), ProtocolJson.Readable.ModelList).ConfigureAwait(false);
            return null;
        }

        if (path.StartsWith($"{Models}/", StringComparison.Ordinal))
        {
            Allow(context, "GET");
            string name = path[(Models.Length + 1)..];
            if (name != modelName)
                throw NoModel(name);
            await SendAsync(context, 200, await CardAsync(context).ConfigureAwait(false), ProtocolJson.Readable.ModelCard).ConfigureAwait(false);
            return null;
        }

        throw new ApiException(404, $"There is nothing at {(path.Length <= 100 ? path : path[..100])}. There are /, /health, {Models} and /v1/chat/completions.") { Code = "unknown_url" };
    }

    private static Task SendAsync<T>(HttpContext context, int status, T body, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type) =>
        JsonResponse.SendAsync(context.Response, status, body, type, context.RequestAborted);

    private async Task<ModelCard> CardAsync(HttpContext context)
    {
        IAnswerSource source = await thread.Opened.WaitAsync(context.RequestAborted).ConfigureAwait(false);
        return new ModelCard(modelName, _since, new ModelCard.Bounds(source.MaxTokens, limits.Images, limits.ImageBytes, limits.ImagePixels, limits.BodyBytes));
    }

    private static void Allow(HttpContext context, string method)
    {
        if (context.Request.Method == method || (method == "GET" && HttpMethods.IsHead(context.Request.Method)))
            return;
        context.Response.Headers.Allow = method == "GET" ? "GET, HEAD" : method;
        throw new ApiException(405, $"Not allowed to {context.Request.Method} on {context.Request.Path}; use {method}.") { Code = "method_not_allowed" };
    }
}
