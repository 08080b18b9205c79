using System.Net;
using System.Text;
using System.Text.Json;
using VisualChat.Pipeline.Serving;

namespace VisualChat.Pipeline.Tests.Serving;

/// <summary>
/// A request that cannot be answered gets OpenAI's error body, with the right status.
/// </summary>
public sealed class RefusalTests : IAsyncLifetime
{
    private const string Question = """{"role":"user","content":"q"}""";

    private const string Round = $$"""{{Question}},{"role":"assistant","content":"a"}""";

    private const string TextPart = """{"type":"text","text":"q"}""";

    private RunningServer _server = null!;

    /// <summary>Whole bodies, with the field and the code of their error.</summary>
    public static TheoryData<string, string, string> BadBodies => new()
    {
        { "", "null", "null" },
        { "{", "null", "null" },
        { "[]", "null", "null" },
        { "null", "null", "null" },
        { """{"\ud800":1,"messages":[]}""", "null", "null" },
        { "{}", "messages", "missing_required_parameter" },
        { """{"messages":{}}""", "messages", "invalid_type" },
        { """{"messages":[]}""", "messages", "empty_array" },
        { """{"messages":["q"]}""", "messages[0]", "invalid_type" },
    };

    /// <summary>Lists of messages, with the field and the code of their error.</summary>
    public static TheoryData<string, string, string> BadMessages => new()
    {
        { """{"content":"q"}""", "messages[0].role", "missing_required_parameter" },
        { """{"role":1,"content":"q"}""", "messages[0].role", "invalid_type" },
        { """{"role":"tool","content":"q"}""", "messages[0].role", "invalid_role" },
        { """{"role":"user"}""", "messages[0].content", "missing_required_parameter" },
        { """{"role":"user","content":null}""", "messages[0].content", "missing_required_parameter" },
        { """{"role":"user","content":7}""", "messages[0].content", "invalid_type" },
        { """{"role":"user","content":" \n"}""", "messages[0].content", "empty_string" },
        { """{"role":"user","content":[]}""", "messages[0].content", "empty_string" },
        { """{"role":"user","content":"\ud800"}""", "messages[0].content", "invalid_value" },
        {
            """{"role":"user","content":[{"type":"input_audio"}]}""",
            "messages[0].content[0].type", "unsupported_value"
        },
        {
            """{"role":"user","content":[{"text":"q"}]}""",
            "messages[0].content[0].type", "missing_required_parameter"
        },
        { $$"""{"role":"assistant","content":"a"},{{Question}}""", "messages[0].role", "invalid_role" },
        { $"{Question},{Question}", "messages[1].role", "invalid_role" },
        { $$"""{{Question}},{"role":"assistant","content":"a"}""", "messages", "invalid_role" },
        {
            $$"""{{Question}},{"role":"assistant"},{{Question}}""",
            "messages[1].content", "missing_required_parameter"
        },
        { $$"""{{Question}},{"role":"system","content":"s"}""", "messages[1].role", "invalid_role" },
        { """{"role":"system","content":"s"}""", "messages", "invalid_role" },
        {
            """{"role":"system","content":[{"type":"image_url","image_url":{"url":"data:,"}}]}""",
            "messages[0].content[0].type", "unsupported_value"
        },
        { string.Join(',', Enumerable.Repeat(Round, 200)), "messages", "array_above_max_length" },
        {
            $$"""{"role":"user","content":[{{string.Join(',', Enumerable.Repeat(TextPart, 1100))}}]}""",
            "messages[0].content", "array_above_max_length"
        },
    };

    public static TheoryData<string, string> BadImages => new()
    {
        { "data:image/png;base64", "invalid_image_url" },
        { "data:image/png,rawbytes", "invalid_image_url" },
        { "data:text/plain;base64,aGVsbG8=", "invalid_image_url" },
        { "data:image/png;base64,###", "invalid_base64" },
        { "data:image/png;base64,aGVsbG8", "invalid_base64" },
        { "data:image/png;base64,gM=", "invalid_base64" },
        { "data:image/png;base64,==", "invalid_base64" },
        { "data:image/png;base64,", "invalid_image" },
        { "data:image/png;base64,aGVsbG8=", "invalid_image" },
        { "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAA", "invalid_image" },
        { "http://127.0.0.1:1/x.png", "invalid_image_url" },
        { "https://example.com/x.png", "invalid_image_url" },
        { "file:///etc/passwd", "invalid_image_url" },
        { "/etc/passwd", "invalid_image_url" },
        { "ftp://example.com/x.png", "invalid_image_url" },
        { "", "invalid_image_url" },
    };

    public async Task InitializeAsync() => _server = await RunningServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [MemberData(nameof(BadBodies))]
    public async Task A_body_that_makes_no_sense(string body, string parameter, string code)
    {
        HttpResponseMessage response = await _server.PostAsync(body);

        (await RunningServer.ErrorOf(response)).Should().Be($"400 invalid_request_error {parameter} {code}");
        response.Content.Headers.ContentType!.MediaType.Should().Be("application/json");
        _server.Script.Prompts.Should().BeEmpty();
        _server.Taken.Should().Be(0);
    }

    [Theory]
    [MemberData(nameof(BadMessages))]
    public Task Messages_that_make_no_sense(string messages, string parameter, string code) =>
        A_body_that_makes_no_sense($$"""{"messages":[{{messages}}]}""", parameter, code);

    [Theory]
    [InlineData("temperature", "\"hot\"", "temperature", "invalid_type")]
    [InlineData("temperature", "2.5", "temperature", "value_out_of_bounds")]
    [InlineData("temperature", "1e999", "temperature", "value_out_of_bounds")]
    [InlineData("top_p", "-1", "top_p", "value_out_of_bounds")]
    [InlineData("max_tokens", "0", "max_tokens", "value_out_of_bounds")]
    [InlineData("max_tokens", "1.5", "max_tokens", "invalid_type")]
    [InlineData("max_completion_tokens", "99999999999", "max_completion_tokens", "value_out_of_bounds")]
    [InlineData("seed", "\"1\"", "seed", "invalid_type")]
    [InlineData("n", "2", "n", "unsupported_value")]
    [InlineData("stop", "7", "stop", "invalid_type")]
    [InlineData("stop", """["a",""]""", "stop[1]", "empty_string")]
    [InlineData("stop", """["a","b","c","d","e"]""", "stop", "array_above_max_length")]
    [InlineData("stream", "\"yes\"", "stream", "invalid_type")]
    [InlineData("stream_options", "true", "stream_options", "invalid_type")]
    [InlineData("model", "5", "model", "invalid_type")]
    public Task A_field_that_makes_no_sense(string field, string value, string parameter, string code) =>
        A_body_that_makes_no_sense($$"""{"messages":[{{Question}}],"{{field}}":{{value}}}""", parameter, code);

    [Fact]
    public async Task A_model_that_is_not_served()
    {
        HttpResponseMessage response = await _server.AskAsync("q", ",\"model\":\"gpt-4o\"");

        (await RunningServer.ErrorOf(response)).Should().Be("404 invalid_request_error model model_not_found");
        _server.Script.Prompts.Should().BeEmpty();
        _server.Taken.Should().Be(0);
    }

    [Theory]
    [MemberData(nameof(BadImages))]
    public async Task An_image_that_cannot_be_used(string url, string code)
    {
        HttpResponseMessage response = await _server.PostAsync(BodyWith(url));

        (await RunningServer.ErrorOf(response))
            .Should().Be($"400 invalid_request_error messages[0].content[0].image_url.url {code}");
    }

    [Fact]
    public async Task Text_that_is_not_UTF_8()
    {
        byte[] body = [.. """{"messages":[{"role":"user","content":" """u8, 0xFF, .. "\"}]}"u8];

        HttpResponseMessage response =
            await _server.Client.PostAsync("/v1/chat/completions", new ByteArrayContent(body));

        (await RunningServer.ErrorOf(response)).Should().Be("400 invalid_request_error null null");
    }

    [Fact]
    public async Task More_bytes_pixels_images_or_tokens_than_are_taken()
    {
        await using RunningServer small = await RunningServer.StartAsync(new ServeSettings
        {
            Limits = new ServeLimits { BodyBytes = 4_000, ImageBytes = 2_000, ImagePixels = 63, Images = 1 },
        });

        string manyBytes = $"data:image/png;base64,{new string('A', 2_800)}";
        string manyPixels = CompletionTests.Picture(1, 2, 3);
        const string image = """{"type":"image_url","image_url":{"url":"data:image/png;base64,"}}""";
        const string manyImages = $$"""{"messages":[{"role":"user","content":[{{image}},{{image}}]}]}""";
        string manyWords = string.Join(' ', Enumerable.Repeat("word", 101));

        (await ErrorOfAsync(small.AskAsync(new string('x', 5_000))))
            .Should().Be("413 invalid_request_error null request_too_large");
        (await ErrorOfAsync(small.PostAsync(BodyWith(manyBytes)))).Should().EndWith("image_url.url image_too_large");
        (await ErrorOfAsync(small.PostAsync(BodyWith(manyPixels)))).Should().EndWith("image_url.url image_too_large");
        (await ErrorOfAsync(small.PostAsync(manyImages)))
            .Should().Be("400 invalid_request_error messages[0].content[1] too_many_images");
        (await ErrorOfAsync(small.AskAsync(manyWords)))
            .Should().Be("400 invalid_request_error messages context_length_exceeded");

        static async Task<string> ErrorOfAsync(Task<HttpResponseMessage> asked) =>
            await RunningServer.ErrorOf(await asked);
    }

    [Fact]
    public async Task More_clients_than_there_are_places()
    {
        await using RunningServer crowded = await RunningServer.StartAsync(
            new ServeSettings { Limits = new ServeLimits { SideBySide = 1, Waiting = 1 } });
        Task<HttpResponseMessage>[] inside = [crowded.AskAsync("wait"), crowded.AskAsync("wait")];
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (crowded.Taken < 2)
            await Task.Delay(5, patience.Token);

        HttpResponseMessage refused = await crowded.AskAsync("q");

        (await RunningServer.ErrorOf(refused)).Should().Be("429 requests null rate_limit_exceeded");
        refused.Headers.RetryAfter!.Delta.Should().Be(TimeSpan.FromSeconds(1));
        crowded.Script.Gate.Release(2);
        foreach (HttpResponseMessage answered in await Task.WhenAll(inside))
            answered.StatusCode.Should().Be(HttpStatusCode.OK);
        (await crowded.AskAsync("q")).StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("GET", "/nothing", "404 invalid_request_error null unknown_url")]
    [InlineData("POST", "/v1/completions", "404 invalid_request_error null unknown_url")]
    [InlineData("GET", "/page/", "404 invalid_request_error null unknown_url")]
    [InlineData("GET", "/page/../page.js", "404 invalid_request_error null unknown_url")]
    [InlineData("GET", "/v1/models/other", "404 invalid_request_error model model_not_found")]
    [InlineData("GET", "/v1/chat/completions", "405 invalid_request_error null method_not_allowed")]
    [InlineData("DELETE", "/v1/models", "405 invalid_request_error null method_not_allowed")]
    [InlineData("POST", "/", "405 invalid_request_error null method_not_allowed")]
    [InlineData("OPTIONS", "/health", "405 invalid_request_error null method_not_allowed")]
    public async Task A_path_or_a_method_that_is_not_there(string method, string path, string error)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);

        (await RunningServer.ErrorOf(await _server.Client.SendAsync(request))).Should().Be(error);
    }

    [Fact]
    public async Task An_answer_that_fails_is_a_server_error_that_reveals_nothing_of_the_program()
    {
        HttpResponseMessage failed = await _server.AskAsync("fail: program");
        (await RunningServer.ErrorOf(failed)).Should().Be("500 server_error null null");
        (await failed.Content.ReadAsStringAsync()).Should().NotContain("secret");
        _server.Log.ToString().Should().Contain("a secret of the program").And.NotContain("   at ");

        HttpResponseMessage failedStream = await _server.AskAsync("fail: model", ""","stream":true""");
        (await RunningServer.ErrorOf(failedStream)).Should().Be("500 server_error null null");
        (await _server.AskAsync("fine")).StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("")]
    [InlineData(""","stream":true""")]
    public async Task A_request_that_memory_does_not_suffice_for_is_told_and_the_server_answers_others(string how)
    {
        HttpResponseMessage failed = await _server.AskAsync("fail: memory", how);

        failed.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        (await failed.Content.ReadAsStringAsync()).Should().Contain("out of memory. Show fewer images.");
        (await RunningServer.ErrorOf(failed)).Should().Be("503 server_error null out_of_memory");
        (await _server.AskAsync("fine")).StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_stream_that_is_cut_by_the_end_of_the_server_ends_with_an_error()
    {
        const string body =
            """{"messages":[{"role":"user","content":"endless"}],"stream":true,"max_tokens":1000000}""";
        RunningServer ending = await RunningServer.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        HttpResponseMessage response =
            await ending.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Task<string> read = response.Content.ReadAsStringAsync();

        await ending.DisposeAsync();

        string last = (await read).Split("\n\n", StringSplitOptions.RemoveEmptyEntries)[^1];
        JsonElement error = JsonDocument.Parse(last["data: ".Length..]).RootElement.GetProperty("error");
        error.GetProperty("code").GetString().Should().Be("server_stopping");
    }

    private static string BodyWith(string url)
    {
        string image = $$$"""{"type":"image_url","image_url":{"url":{{{JsonSerializer.Serialize(url)}}}}}""";
        return $$"""{"messages":[{"role":"user","content":[{{image}},{"type":"text","text":"q"}]}]}""";
    }
}
