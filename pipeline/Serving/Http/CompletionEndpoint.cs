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

/// <summary>
/// Answers <c>POST /v1/chat/completions</c>: takes a place, reads the request, asks and sends.
/// </summary>
internal sealed class CompletionEndpoint(string modelName, ModelThread thread, ImageIntake images, ServeLimits limits)
{
    private readonly ChatRequestReader _reader = new(limits, new SamplingSettings());

    /// <returns>How the answer ended; null if it did not.</returns>
    /// <exception cref="ApiException">Why there is no answer. Nothing was sent yet.</exception>
    public async Task<AnswerSummary?> AnswerAsync(HttpContext context)
    {
        CancellationToken aborted = context.RequestAborted;

        // The place comes first: when all are taken, the request is not even read.
        using Place place = thread.TakePlace();
        ChatRequest request = await ReadAsync(context.Request, aborted);
        place.Ask(await PromptOfAsync(request, aborted));
        await using CancellationTokenRegistration leaving =
            aborted.UnsafeRegister(static left => ((Place)left!).Dispose(), place);
        await FirstPieceAsync(place, aborted);
        var writer = new CompletionWriter(context.Response, modelName, aborted);
        if (request.Stream)
            await writer.StreamAsync(place, request.IncludeUsage);
        else
            await writer.SendWholeAsync(place);
        return place.Summary;
    }

    private async Task<ChatRequest> ReadAsync(HttpRequest http, CancellationToken aborted)
    {
        ChatRequest request = _reader.Read(await RequestBody.ReadAsync(http, limits.BodyBytes, aborted));
        return request.Model is { } model && model != modelName ? throw ApiException.UnknownModel(model) : request;
    }

    private async Task<ChatPrompt> PromptOfAsync(ChatRequest request, CancellationToken aborted)
    {
        List<ChatRound> earlier = [];
        List<ChatImage> shown = [];
        foreach (RequestRound round in request.Rounds)
        {
            shown = [];
            foreach (RequestImage image in round.Images)
                shown.Add(await images.TakeAsync(image, aborted));
            if (round.Answer is { } answer)
                earlier.Add(new ChatRound(round.Question, shown, answer));
        }

        var prompt = new ChatPrompt
        {
            System = request.System,
            Earlier = earlier,
            Question = request.Rounds[^1].Question,
            Images = shown,
            Settings = request.Settings,
        };
        IAnswerSource source = await thread.Opened.WaitAsync(aborted);
        CheckLength(prompt, source);
        return prompt;
    }

    private static void CheckLength(ChatPrompt prompt, IAnswerSource source)
    {
        try
        {
            _ = source.CountTokens(prompt);
        }
        catch (InputException exception)
        {
            throw new ApiException(400, exception.Message)
            {
                Parameter = "messages",
                Code = "context_length_exceeded",
            };
        }
    }

    // Until something was sent, an error still has a status of its own.
    private static async Task FirstPieceAsync(Place place, CancellationToken aborted)
    {
        try
        {
            _ = await place.Pieces.WaitToReadAsync(aborted);
        }
        catch (ModelException exception)
        {
            throw ApiException.ServerError(exception.Message);
        }
    }
}
