using System.Text.Json;
using System.Text.Json.Nodes;

namespace VisualChat.Integration.Tests.Serving;

/// <summary>Bodies of requests, and texts of answers.</summary>
internal static class Asking
{
    /// <summary>A user's message.</summary>
    public static JsonObject User(string text, params string[] images) => new()
    {
        ["role"] = "user",
        ["content"] = images.Length == 0 ? text : new JsonArray([.. images.Select(ImagePart), TextPart(text)]),
    };

    /// <summary>An answer to one.</summary>
    public static JsonObject Assistant(string text) => new() { ["role"] = "assistant", ["content"] = text };

    /// <summary>A request.</summary>
    /// <param name="messages">The conversation.</param>
    /// <param name="temperature">How chance decides.</param>
    /// <param name="seed">What decides it.</param>
    /// <param name="most">Tokens of the answer.</param>
    /// <param name="stream">In pieces.</param>
    public static string Body(
        IEnumerable<JsonObject> messages, double temperature = 0, int seed = 1, int most = 16, bool stream = false)
    {
        var body = new JsonObject
        {
            ["messages"] = new JsonArray([.. messages.Select(message => message.DeepClone())]),
            ["temperature"] = temperature,
            ["seed"] = seed,
            ["max_tokens"] = most,
            ["stream"] = stream,
        };
        return body.ToJsonString();
    }

    /// <summary>The text of a whole answer.</summary>
    public static string TextOf(JsonElement completion) =>
        completion.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!;

    /// <summary>The text of a streamed answer, which must be whole.</summary>
    public static async Task<string> StreamedTextAsync(HttpResponseMessage response)
    {
        string body = await response.Content.ReadAsStringAsync();
        string[] events = body.Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        events[^1].Should().Be("data: [DONE]", "the answer is whole");
        IEnumerable<JsonElement> choices = events[..^1].Select(ChoicesOf);
        return string.Concat(choices.Where(choice => choice.GetArrayLength() > 0).Select(PieceOf));

        static JsonElement ChoicesOf(string line) =>
            JsonDocument.Parse(line["data: ".Length..]).RootElement.GetProperty("choices");

        static string? PieceOf(JsonElement choices) =>
            choices[0].GetProperty("delta").TryGetProperty("content", out JsonElement text) ? text.GetString() : "";
    }

    private static JsonObject ImagePart(string image) =>
        new() { ["type"] = "image_url", ["image_url"] = new JsonObject { ["url"] = image } };

    private static JsonObject TextPart(string text) => new() { ["type"] = "text", ["text"] = text };
}
