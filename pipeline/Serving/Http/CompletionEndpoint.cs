using Microsoft.AspNetCore.Http;
using VisualChat.Model.Generation;
using VisualChat.Pipeline.Chat;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Serving.Bodies;
using VisualChat.Pipeline.Serving.Images;
using VisualChat.Pipeline.Serving.Protocol;
using VisualChat.Pipeline.Serving.Requests;
using VisualChat.Pipeline.Serving.Scheduling;

namespace VisualChat.Pipeline.Serving.Http;

/// <summary>
/// Answers <c>POST /v1/chat/completions</c>: reads the request, takes a place, asks and sends.
/// </summary>
internal sealed class CompletionEndpoint(
    string modelName, ModelThread thread, ImageIntake images, BodyBudget budget, ServeLimits limits)
{
    private readonly ChatRequestReader _reader = new(limits, new SamplingSettings());

    /// <returns>How the answer ended; null if it did not.</returns>
    /// <exception cref="ApiException">Why there is no answer. Nothing was sent yet.</exception>
    public async Task<AnswerSummary?> AnswerAsync(HttpContext context)
    {
        CancellationToken aborted = context.RequestAborted;

        // When all places are taken, the request is not even read. One is taken when it is whole.
        thread.RefuseIfFull();
        (Place asked, bool isStreamed, bool includeUsage) = await AskAsync(context.Request, aborted);
        using Place place = asked;
        await using CancellationTokenRegistration leaving =
            aborted.UnsafeRegister(static left => ((Place)left!).Dispose(), place);
        await FirstPieceAsync(place, aborted);
        var writer = new CompletionWriter(context.Response, modelName, aborted);
        if (isStreamed)
            await writer.StreamAsync(place, includeUsage);
        else
            await writer.SendWholeAsync(place);
        return place.Summary;
    }

    // A method of its own: with its end nothing holds the request's images any more.
    private async Task<(Place Place, bool IsStreamed, bool IncludeUsage)> AskAsync(
        HttpRequest http, CancellationToken aborted)
    {
        RequestBody.Check(http, limits.BodyBytes);
        IAnswerSource source = await thread.Opened.WaitAsync(aborted);
        using BodyLease lease = budget.Begin(aborted);
        ChatRequest request = await _reader.ReadAsync(http.Body, lease, source.MaxCharacters);
        if (request.Model is { } model && model != modelName)
            throw ApiException.UnknownModel(model);
        Place place = thread.TakePlace();
        try
        {
            place.Ask(await PromptOfAsync(request, source, lease, aborted));
            return (place, request.Stream, request.IncludeUsage);
        }
        catch
        {
            place.Dispose();
            throw;
        }
    }

    private async Task<ChatPrompt> PromptOfAsync(
        ChatRequest request, IAnswerSource source, BodyLease lease, CancellationToken aborted)
    {
        List<ChatRound> earlier = [];
        List<ChatImage> shown = [];
        foreach (RequestRound round in request.Rounds)
        {
            shown = [];
            foreach (RequestImage image in round.Images)
                shown.Add(await images.TakeAsync(image, lease, aborted));
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
        catch (Exception exception) when (ApiException.OfAnswer(exception) is { } error)
        {
            throw error;
        }
    }
}
