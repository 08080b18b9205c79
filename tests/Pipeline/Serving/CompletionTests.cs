using System.Text.Json;
using VisualChat.Pipeline.Chat;

namespace VisualChat.Pipeline.Tests.Serving;

/// <summary>What a client gets for a good request.</summary>
public sealed class CompletionTests : IAsyncLifetime
{
    private RunningServer _server = null!;

    public async Task InitializeAsync() => _server = await RunningServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task A_whole_answer_is_one_document()
    {
        HttpResponseMessage response = await _server.AskAsync("héllo \\n 猫");

        response.StatusCode.Should().Be(System.Net.HttpStatusCode.OK);
        JsonElement completion = await RunningServer.JsonOf(response);
        completion.GetProperty("object").GetString().Should().Be("chat.completion");
        completion.GetProperty("id").GetString().Should().StartWith("chatcmpl-");
        completion.GetProperty("model").GetString().Should().Be("tiny");
        completion.GetProperty("choices").GetRawText().Should().Be(
            """[{"index":0,"message":{"role":"assistant","content":"héllo \\n 猫"},"finish_reason":"stop"}]""");
        completion.GetProperty("usage").GetRawText().Should().Be(
            """{"prompt_tokens":3,"completion_tokens":3,"total_tokens":""" +
            """6,"prompt_tokens_details":{"cached_tokens":0}}""");
    }

    [Fact]
    public async Task A_streamed_answer_is_an_event_for_each_piece_and_a_mark_at_the_end()
    {
        HttpResponseMessage response =
            await _server.AskAsync("one two", ""","stream":true,"stream_options":{"include_usage":true}""");

        response.Content.Headers.ContentType!.ToString().Should().Be("text/event-stream; charset=utf-8");
        string[] events = (await response.Content.ReadAsStringAsync()).Split("\n\n");
        events[^2..].Should().Equal("data: [DONE]", "");
        JsonElement[] chunks =
            [.. events[..^2].Select(line => JsonDocument.Parse(line["data: ".Length..]).RootElement)];
        chunks.Should().OnlyContain(chunk => chunk.GetProperty("object").GetString() == "chat.completion.chunk");
        chunks.Should().OnlyContain(chunk => chunk.GetProperty("model").GetString() == "tiny");
        chunks.Select(chunk => chunk.GetProperty("id").GetString()).Distinct().Should().HaveCount(1);
        chunks.Select(chunk => chunk.GetProperty("choices").GetRawText()).Should().Equal(
            """[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]""",
            """[{"index":0,"delta":{"content":"one"},"finish_reason":null}]""",
            """[{"index":0,"delta":{"content":" two"},"finish_reason":null}]""",
            """[{"index":0,"delta":{},"finish_reason":"stop"}]""",
            "[]");
        chunks[^1].GetProperty("usage").GetProperty("total_tokens").GetInt32().Should().Be(4);
    }

    [Fact]
    public async Task Usage_comes_with_a_stream_only_if_it_was_asked_for()
    {
        HttpResponseMessage response = await _server.AskAsync("one", ""","stream":true""");

        (await response.Content.ReadAsStringAsync()).Should().NotContain("usage").And.EndWith("data: [DONE]\n\n");
    }

    [Fact]
    public async Task An_answer_that_reaches_its_limit_says_length()
    {
        HttpResponseMessage response = await _server.AskAsync("one two three", ""","max_tokens":2""");

        JsonElement choice = (await RunningServer.JsonOf(response)).GetProperty("choices")[0];
        choice.GetProperty("finish_reason").GetString().Should().Be("length");
        choice.GetProperty("message").GetProperty("content").GetString().Should().Be("one two");
    }

    [Fact]
    public async Task A_conversation_reaches_the_model_as_rounds_with_the_images_of_each()
    {
        string red = Picture(255, 0, 0), blue = Picture(0, 0, 255);
        (await _server.PostAsync($$"""
            {
              "messages": [
                { "role": "system", "content": "Be brief." },
                { "role": "user", "content": [
                  { "type": "text", "text": "Before" },
                  { "type": "image_url", "image_url": { "url": "{{red}}", "detail": "high" } },
                  { "type": "text", "text": "between" },
                  { "type": "image_url", "image_url": { "url": "{{blue}}" } } ] },
                { "role": "assistant", "content": [
                  { "type": "text", "text": "An " },
                  { "type": "text", "text": "answer." } ] },
                { "role": "user", "content": [
                  { "type": "image_url", "image_url": { "url": "{{red}}" } },
                  { "type": "text", "text": "And now?" } ] }
              ],
              "temperature": 0.5,
              "top_p": 0.9,
              "max_completion_tokens": 7,
              "max_tokens": 9,
              "seed": -3,
              "stop": "END",
              "user": "me",
              "tools": null
            }
            """)).EnsureSuccessStatusCode();

        ChatPrompt prompt = _server.Script.Prompts.Single();
        prompt.System.Should().Be("Be brief.");
        prompt.Earlier.Single().Question.Should().Be("Before\nbetween");
        prompt.Earlier[0].Answer.Should().Be("An answer.");
        prompt.Earlier[0].Images.Select(ColorOf).Should().Equal("255 0 0", "0 0 255");
        prompt.Question.Should().Be("And now?");
        prompt.Images.Select(ColorOf).Should().Equal("255 0 0");
        prompt.Images[0].Should().BeSameAs(prompt.Earlier[0].Images[0], "the same bytes are decoded once");
        prompt.Settings.Stops.Should().Equal("END");
        prompt.Settings.Sampling.Should().BeEquivalentTo(
            new { Temperature = 0.5, TopP = 0.9, MaxNewTokens = 7, Seed = -3L });
    }

    [Fact]
    public async Task Fields_that_are_unknown_or_null_are_ignored()
    {
        const string fields =
            ""","frequency_penalty":1,"logit_bias":{"50":1},"stop":null,"n":1,"stream":null,"nonsense":[1,{}]""";

        HttpResponseMessage response = await _server.AskAsync("one", fields);

        response.EnsureSuccessStatusCode();
    }

    [Fact]
    public async Task The_model_is_listed_by_name_with_what_it_takes()
    {
        JsonElement models = await RunningServer.JsonOf(await _server.Client.GetAsync("/v1/models"));
        models.GetProperty("object").GetString().Should().Be("list");
        JsonElement listed = models.GetProperty("data")[0];
        listed.GetProperty("id").GetString().Should().Be("tiny");
        listed.GetProperty("limits").GetProperty("context_tokens").GetInt32().Should().Be(100);

        JsonElement model = await RunningServer.JsonOf(await _server.Client.GetAsync("/v1/models/tiny"));
        model.GetProperty("object").GetString().Should().Be("model");
        model.GetProperty("owned_by").GetString().Should().Be("visualchat");
    }

    [Fact]
    public async Task Health_says_that_the_model_is_there_and_how_many_use_it()
    {
        JsonElement health = await RunningServer.JsonOf(await _server.Client.GetAsync("/health"));

        health.GetRawText().Should().Be("""{"status":"ok","requests":0}""");
    }

    [Fact]
    public async Task A_client_that_goes_away_frees_its_place_at_once()
    {
        using var leaving = new CancellationTokenSource();
        var body = new StringContent("""{"messages":[{"role":"user","content":"endless"}],"max_tokens":1000000}""");
        Task<HttpResponseMessage> asked =
            _server.Client.PostAsync("/v1/chat/completions", body, leaving.Token);
        await UntilAsync(() => _server.Script.Steps.Count > 3);

        await leaving.CancelAsync();

        await asked.Awaiting(task => task).Should().ThrowAsync<OperationCanceledException>();
        await UntilAsync(() => _server.Taken == 0 && _server.Script.Ended.Contains("endless"));
        await UntilAsync(() => _server.Log.ToString().Contains("the client left", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Each_answer_has_a_line_in_the_log_without_what_was_said()
    {
        (await _server.AskAsync("a secret question")).EnsureSuccessStatusCode();

        const string tokens = "3 tokens of which 0 kept, 3 of the answer";
        await UntilAsync(() => _server.Log.ToString().Contains(tokens, StringComparison.Ordinal));
        _server.Log.ToString().Should().NotContain("secret");
    }

    internal static string Picture(byte red, byte green, byte blue)
    {
        IEnumerable<byte> pixels = Enumerable.Repeat(new[] { red, green, blue }, 64).SelectMany(pixel => pixel);
        byte[] ppm = [.. "P6 8 8 255\n"u8, .. pixels];
        return $"data:image/x-portable-pixmap;base64,{Convert.ToBase64String(ppm)}";
    }

    private static string ColorOf(ChatImage image) => string.Join(' ', image.Crop.ToArray()[..3]);

    private static async Task UntilAsync(Func<bool> holds)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!holds())
            await Task.Delay(5, patience.Token);
    }
}
