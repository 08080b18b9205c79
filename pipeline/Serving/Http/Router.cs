using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using VisualChat.Pipeline.Chat;
using VisualChat.Pipeline.Serving.Protocol;
using VisualChat.Pipeline.Serving.Scheduling;

namespace VisualChat.Pipeline.Serving.Http;

/// <summary>
/// Sends each request to what answers it, and turns whatever goes wrong into an error body.
/// </summary>
internal sealed class Router(
    string modelName,
    ModelThread thread,
    AccessGuard guard,
    CompletionEndpoint completions,
    ServeLimits limits,
    RequestLog log)
{
    private const string ModelPrefix = $"{Paths.Models}/";

    private readonly ChatPage _page = new();
    private readonly long _since = DateTimeOffset.UtcNow.ToUnixTimeSeconds();

    public async Task HandleAsync(HttpContext context)
    {
        RequestLog.Entry entry = log.Begin(context);
        context.Response.Headers.XContentTypeOptions = "nosniff";
        try
        {
            entry.Summary = await RouteAsync(context);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            entry.IsLeft = true;
        }
        catch (Exception exception)
        {
            ApiException error = ErrorOf(exception);
            entry.Error = error.Status == 500 ? exception : null;
            if (!context.Response.HasStarted)
                await SendErrorAsync(context, error);
            else
                context.Abort();
        }
        finally
        {
            entry.End();
        }
    }

    private async Task<AnswerSummary?> RouteAsync(HttpContext context)
    {
        string path = context.Request.Path.Value ?? "/";
        guard.CheckSite(context.Request);
        if (_page.Has(path))
        {
            Allow(context, "GET");
            await _page.SendAsync(context, path);
            return null;
        }

        if (path == Paths.Health)
        {
            Allow(context, "GET");
            await SendHealthAsync(context);
            return null;
        }

        guard.CheckKey(context.Request);
        if (path == Paths.Completions)
        {
            Allow(context, "POST");
            return await completions.AnswerAsync(context);
        }

        if (path == Paths.Models)
        {
            Allow(context, "GET");
            await SendModelsAsync(context);
            return null;
        }

        if (path.StartsWith(ModelPrefix, StringComparison.Ordinal))
        {
            Allow(context, "GET");
            await SendModelAsync(context, path[ModelPrefix.Length..]);
            return null;
        }

        throw ApiException.UnknownPath(path);
    }

    private Task SendHealthAsync(HttpContext context)
    {
        bool isReady = thread.Opened.IsCompletedSuccessfully;
        var health = new Health(isReady ? "ok" : "loading", thread.Taken);
        return SendAsync(context, isReady ? 200 : 503, health, ProtocolJson.Readable.Health);
    }

    private async Task SendModelsAsync(HttpContext context)
    {
        var models = new ModelList([await CardAsync(context)]);
        await SendAsync(context, 200, models, ProtocolJson.Readable.ModelList);
    }

    private async Task SendModelAsync(HttpContext context, string name)
    {
        if (name != modelName)
            throw ApiException.UnknownModel(name);
        await SendAsync(context, 200, await CardAsync(context), ProtocolJson.Readable.ModelCard);
    }

    private async Task<ModelCard> CardAsync(HttpContext context)
    {
        IAnswerSource source = await thread.Opened.WaitAsync(context.RequestAborted);
        var bounds = new ModelCard.Bounds(
            source.MaxTokens, limits.Images, limits.ImageBytes, limits.ImagePixels, limits.BodyBytes);
        return new ModelCard(modelName, _since, bounds);
    }

    private static Task SendAsync<T>(HttpContext context, int status, T body, JsonTypeInfo<T> type) =>
        JsonResponse.SendAsync(context.Response, status, body, type, context.RequestAborted);

    private static async Task SendErrorAsync(HttpContext context, ApiException error)
    {
        try
        {
            await JsonResponse.SendErrorAsync(context.Response, error, context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            // The client left before it could be told.
        }
    }

    private static ApiException ErrorOf(Exception exception) => exception switch
    {
        ApiException known => known,
        BadHttpRequestException bad => new ApiException(bad.StatusCode, bad.Message),
        _ => ApiException.ServerError("The server failed. Its own output says more."),
    };

    private static void Allow(HttpContext context, string method)
    {
        string asked = context.Request.Method;
        if (asked == method || (method == "GET" && HttpMethods.IsHead(asked)))
            return;
        context.Response.Headers.Allow = method == "GET" ? "GET, HEAD" : method;
        throw ApiException.WrongMethod(asked, context.Request.Path.Value ?? "", method);
    }
}
