using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using VisualChat.Model.Errors;
using VisualChat.Model.Generation;
using VisualChat.Pipeline.Chat;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Serving.Images;
using VisualChat.Pipeline.Serving.Protocol;
using VisualChat.Pipeline.Serving.Requests;
using VisualChat.Pipeline.Serving.Scheduling;

namespace VisualChat.Pipeline.Serving.Http;

/// <summary><c>POST /v1/chat/completions</c>.</summary>
/// <param name="modelName">What the model is called.</param>
/// <param name="thread">The model.</param>
/// <param name="images">Makes images ready.</param>
/// <param name="limits">How much is taken.</param>
internal sealed class CompletionEndpoint(string modelName, ModelThread thread, ImageIntake images, ServeLimits limits)
{
    private readonly ChatRequestReader _reader = new(limits, new SamplingSettings());

    /// <summary>Answers a request.</summary>
    /// <returns>How the answer ended; null if the client left before.</returns>
    /// <exception cref="ApiException">Why it is not answered; nothing was sent.</exception>
    public async Task<AnswerSummary?> AnswerAsync(HttpContext context)
    {
        CancellationToken aborted = context.RequestAborted;

        // The place comes first: what a crowd sends is not even read.
        using Place place = thread.TakePlace();
        (ChatPrompt prompt, bool streams, bool includeUsage) = await ReadAsync(context.Request, aborted).ConfigureAwait(false);
        place.Ask(prompt);
        await using CancellationTokenRegistration leaving = aborted.UnsafeRegister(static left => ((Place)left!).Dispose(), place);
        await FirstPieceAsync(place, aborted).ConfigureAwait(false);
        string id = $"chatcmpl-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12))}";
        if (streams)
            await StreamAsync(context.Response, place, id, includeUsage, aborted).ConfigureAwait(false);
        else
            await SendWholeAsync(context.Response, place, id, aborted).ConfigureAwait(false);
        return place.Summary;
    }

    private async Task<(ChatPrompt Prompt, bool Streams, bool IncludeUsage)> ReadAsync(HttpRequest http, CancellationToken aborted)
    {
        ChatRequest request = _reader.Read(await RequestBody.ReadAsync(http, limits.BodyBytes, aborted).ConfigureAwait(false));
        if (request.Model is { } model && model != modelName)
            throw Router.NoModel(model);
        List<ChatRound> earlier = [];
        List<ChatImage> last = [];
        foreach (RequestRound round in request.Rounds)
        {
            last = [];
            foreach (RequestImage image in round.Images)
                last.Add(await images.TakeAsync(image, aborted).ConfigureAwait(false));
            if (round.Answer is { } answer)
                earlier.Add(new ChatRound(round.Question, last, answer));
        }

        IAnswerSource source = await thread.Opened.WaitAsync(aborted).ConfigureAwait(false);
        var prompt = new ChatPrompt
        {
            System = request.System,
            Earlier = earlier,
            Question = request.Rounds[^1].Question,
            Images = last,
            Settings = request.Settings,
        };
        try
        {
            _ = source.CountTokens(prompt);
        }
        catch (InputException exception)
        {
            throw new ApiException(400, exception.Message) { Parameter = "messages", Code = "context_length_exceeded" };
        }

        return (prompt, request.Stream, request.IncludeUsage);
    }

    // Until the first piece is there, what goes wrong has a status of its own.
    private static async Task FirstPieceAsync(Place place, CancellationToken aborted)
    {
        try
        {
            _ = await place.Pieces.WaitToReadAsync(aborted).ConfigureAwait(false);
        }
        catch (ModelException exception)
        {
            throw new ApiException(500, exception.Message) { Type = ApiException.ServerError };
        }
    }

    private async Task SendWholeAsync(HttpResponse response, Place place, string id, CancellationToken aborted)
    {
        var text = new StringBuilder();
        try
        {
            await foreach (string piece in place.Pieces.ReadAllAsync(aborted).ConfigureAwait(false))
                text.Append(piece);
        }
        catch (ModelException exception)
        {
            throw new ApiException(500, exception.Message) { Type = ApiException.ServerError };
        }

        AnswerSummary summary = place.Summary!;
        var choice = new ChatCompletion.Choice(0, new ChatCompletion.Message("assistant", text.ToString()), FinishReason(summary.End));
        var completion = new ChatCompletion(id, DateTimeOffset.UtcNow.ToUnixTimeSeconds(), modelName, [choice], UsageOf(summary));
        await JsonResponse.SendAsync(response, 200, completion, ProtocolJson.Readable.ChatCompletion, aborted).ConfigureAwait(false);
    }

    private async Task StreamAsync(HttpResponse response, Place place, string id, bool includeUsage, CancellationToken aborted)
    {
        long created = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var events = new EventStream(response, aborted);
        events.Begin();
        await SendAsync(new ChatCompletionChunk.Delta("assistant", ""), null).ConfigureAwait(false);
        try
        {
            await foreach (string piece in place.Pieces.ReadAllAsync(aborted).ConfigureAwait(false))
                await SendAsync(new ChatCompletionChunk.Delta(null, piece), null).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is ModelException or ApiException)
        {
            // The status is sent; clients know an error among the events.
            ApiException error = exception as ApiException ?? new ApiException(500, exception.Message) { Type = ApiException.ServerError };
            await events.SendAsync(ErrorBody.Of(error), ProtocolJson.Readable.ErrorBody).ConfigureAwait(false);
            return;
        }

        await SendAsync(new ChatCompletionChunk.Delta(null, null), FinishReason(place.Summary!.End)).ConfigureAwait(false);
        if (includeUsage)
        {
            var last = new ChatCompletionChunk(id, created, modelName, []) { Usage = UsageOf(place.Summary) };
            await events.SendAsync(last, ProtocolJson.Readable.ChatCompletionChunk).ConfigureAwait(false);
        }

        await events.EndAsync().ConfigureAwait(false);

        Task SendAsync(ChatCompletionChunk.Delta delta, string? finishReason) => events.SendAsync(
            new ChatCompletionChunk(id, created, modelName, [new ChatCompletionChunk.Piece(0, delta, finishReason)]),
            ProtocolJson.Readable.ChatCompletionChunk);
    }

    private static string FinishReason(AnswerEnd end) => end is AnswerEnd.TokenLimit or AnswerEnd.Full ? "length" : "stop";

    private static Usage UsageOf(AnswerSummary summary) => Usage.Of(summary.PromptTokens, summary.CompletionTokens, summary.ReusedTokens);
}
