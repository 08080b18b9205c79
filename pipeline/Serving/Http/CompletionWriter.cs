using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using VisualChat.Pipeline.Chat;
using VisualChat.Pipeline.Serving.Protocol;
using VisualChat.Pipeline.Serving.Scheduling;

namespace VisualChat.Pipeline.Serving.Http;

/// <summary>Sends an answer as it is computed, in OpenAI's form: whole or in pieces.</summary>
internal sealed class CompletionWriter(HttpResponse response, string modelName, CancellationToken aborted)
{
    private readonly string _id = $"chatcmpl-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12))}";

    /// <exception cref="ApiException">The answer failed. Nothing was sent.</exception>
    public async Task SendWholeAsync(Place place)
    {
        var text = new StringBuilder();
        try
        {
            await foreach (string piece in place.Pieces.ReadAllAsync(aborted))
                text.Append(piece);
        }
        catch (Exception exception) when (ApiException.OfAnswer(exception) is { } error)
        {
            throw error;
        }

        AnswerSummary summary = place.Summary!;
        var message = new ChatCompletion.Message("assistant", text.ToString());
        var choice = new ChatCompletion.Choice(0, message, FinishReason(summary.End));
        var completion = new ChatCompletion(_id, Now(), modelName, [choice], UsageOf(summary));
        await JsonResponse.SendAsync(response, 200, completion, ProtocolJson.Readable.ChatCompletion, aborted);
    }

    public async Task StreamAsync(Place place, bool includeUsage)
    {
        var events = new EventStream(response, aborted);
        long created = Now();
        events.Begin();
        await SendAsync(Chunk(new ChatCompletionChunk.Delta("assistant", "")));
        try
        {
            await foreach (string piece in place.Pieces.ReadAllAsync(aborted))
                await SendAsync(Chunk(new ChatCompletionChunk.Delta(null, piece)));
        }
        catch (Exception exception) when (ApiException.OfAnswer(exception) is { } error)
        {
            // The status was sent long ago; clients know an error among the events.
            await events.SendAsync(ErrorBody.Of(error), ProtocolJson.Readable.ErrorBody);
            return;
        }

        AnswerSummary summary = place.Summary!;
        await SendAsync(Chunk(new ChatCompletionChunk.Delta(null, null), FinishReason(summary.End)));
        if (includeUsage)
            await SendAsync(new ChatCompletionChunk(_id, created, modelName, []) { Usage = UsageOf(summary) });
        await events.EndAsync();

        ChatCompletionChunk Chunk(ChatCompletionChunk.Delta delta, string? finishReason = null) =>
            new(_id, created, modelName, [new ChatCompletionChunk.Piece(0, delta, finishReason)]);

        Task SendAsync(ChatCompletionChunk chunk) =>
            events.SendAsync(chunk, ProtocolJson.Readable.ChatCompletionChunk);
    }

    private static long Now() => DateTimeOffset.UtcNow.ToUnixTimeSeconds();

    private static string FinishReason(AnswerEnd end) =>
        end is AnswerEnd.TokenLimit or AnswerEnd.Full ? "length" : "stop";

    private static Usage UsageOf(AnswerSummary summary) =>
        Usage.Of(summary.PromptTokens, summary.CompletionTokens, summary.ReusedTokens);
}
