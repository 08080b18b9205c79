using System.Diagnostics;
using System.Text.Json;

namespace VisualChat.Integration.Tests.Serving;

/// <summary>The official openai client for node, unchanged.</summary>
[Trait("Category", "Slow")]
[Collection(SharedModel.Name)]
public sealed class OpenAiClientTests(TrainedModel model)
{
    internal static string? ClientFolder { get; } = Environment.GetEnvironmentVariable("VISUALCHAT_OPENAI_CLIENT");

    [OpenAiClientFact]
    public async Task It_lists_the_model_asks_in_whole_and_in_pieces_and_knows_the_errors()
    {
        await using ServeProcess server = ServeProcess.Start(model, "--api-key", "sesame");

        JsonElement said = await RunAsync(server);

        said.GetProperty("models").GetRawText().Should().Be("""["test"]""");
        JsonElement whole = said.GetProperty("whole");
        whole.GetProperty("object").GetString().Should().Be("chat.completion");
        string text = Asking.TextOf(whole);
        text.Should().NotBeEmpty();
        said.GetProperty("streamed").GetString().Should().Be(text);
        said.GetProperty("pieces").GetInt32().Should().BeGreaterThan(3);
        string? finish = whole.GetProperty("choices")[0].GetProperty("finish_reason").GetString();
        said.GetProperty("finish").GetString().Should().Be(finish);
        int promptTokens = whole.GetProperty("usage").GetProperty("prompt_tokens").GetInt32();
        said.GetProperty("usage").GetProperty("prompt_tokens").GetInt32().Should().Be(promptTokens);
        said.GetProperty("helper").GetString().Should().Be(text, "its own way to gather a stream gives the same");
        said.GetProperty("errors").EnumerateArray().Select(error => error.GetString()).Should().Equal(
            "NotFoundError 404 model_not_found model",
            "BadRequestError 400 invalid_image messages[0].content[0].image_url.url",
            "BadRequestError 400 context_length_exceeded messages",
            "AuthenticationError 401 invalid_api_key null");
    }

    private async Task<JsonElement> RunAsync(ServeProcess server)
    {
        string script = Path.Combine(AppContext.BaseDirectory, "Serving", "openai-client.mjs");
        var start = new ProcessStartInfo("node", [script])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["CLIENT"] =
            ClientFolder ?? throw new InvalidOperationException("VISUALCHAT_OPENAI_CLIENT does not name a folder.");
        start.Environment["OPENAI_BASE_URL"] = new Uri(server.Address, "v1").AbsoluteUri;
        start.Environment["OPENAI_API_KEY"] = "sesame";
        start.Environment["IMAGES"] = string.Join(':', model.Images);
        using Process node = Process.Start(start)!;
        Task<string> error = node.StandardError.ReadToEndAsync();
        string output = await node.StandardOutput.ReadToEndAsync();
        await node.WaitForExitAsync();
        node.ExitCode.Should().Be(0, "it printed {0}", await error);
        return JsonDocument.Parse(output).RootElement;
    }
}
