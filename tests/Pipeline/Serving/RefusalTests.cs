using System.Net;
using System.Text;
using System.Text.Json;
using VisualChat.Pipeline.Serving;

namespace VisualChat.Pipeline.Tests.Serving;

/// <summary>What a client is told when its request cannot be answered: OpenAI's error body, with the right status.</summary>
public sealed class RefusalTests : IAsyncLifetime
{
    private const string Question = """{"role":"user","content":"q"}""";

    private RunningServer _server = null!;

    public static TheoryData<string, string> BadBodies => new()
    {
        { "", "400 invalid_request_error null null" },
        { "{", "400 invalid_request_error null null" },
        { "[]", "400 invalid_request_error null null" },
        { "null", "400 invalid_request_error null null" },
        { "{}", "400 invalid_request_error messages missing_required_parameter" },
        { """{"messages":{}}""", "400 invalid_request_error messages invalid_type" },
        { """{"messages":[]}""", "400 invalid_request_error messages empty_array" },
        { """{"messages":["q"]}""", "400 invalid_request_error messages[0] invalid_type" },
        { """{"messages":[{"content":"q"}]}""", "400 invalid_request_error messages[0].role missing_required_parameter" },
        { """{"messages":[{"role":1,"content":"q"}]}""", "400 invalid_request_error messages[0].role invalid_type" },
        { """{"messages":[{"role":"tool","content":"q"}]}""", "400 invalid_request_error messages[0].role invalid_role" },
        { """{"messages":[{"role":"user"}]}""", "400 invalid_request_error messages[0].content missing_required_parameter" },
        { """{"messages":[{"role":"user","content":null}]}""", "400 invalid_request_error messages[0].content missing_required_parameter" },
        { """{"messages":[{"role":"user","content":7}]}""", "400 invalid_request_error messages[0].content invalid_type" },
        { """{"messages":[{"role":"user","content":" \n"}]}""", "400 invalid_request_error messages[0].content empty_string" },
        { """{"messages":[{"role":"user","content":[]}]}""", "400 invalid_request_error messages[0].content empty_string" },
        { """{"messages":[{"role":"user","content":[{"type":"input_audio"}]}]}""", "400 invalid_request_error messages[0].content[0].type unsupported_value" },
        { """{"messages":[{"role":"user","content":[{"text":"q"}]}]}""", "400 invalid_request_error messages[0].content[0].type missing_required_parameter" },
        { """{"messages":[{"role":"user","content":"\ud800"}]}""", "400 invalid_request_error messages[0].content invalid_value" },
        { """{"\ud800":1,"messages":[]}""", "400 invalid_request_error null null" },
        { $$"""{"messages":[{"role":"assistant","content":"a"},{{Question}}]}""", "400 invalid_request_error messages[0].role invalid_role" },
        { $$"""{"messages":[{{Question}},{{Question}}]}""", "400 invalid_request_error messages[1].role invalid_role" },
        { $$"""{"messages":[{{Question}},{"role":"assistant","content":"a"}]}""", "400 invalid_request_error messages invalid_role" },
        { $$"""{"messages":[{{Question}},{"role":"assistant"},{{Question}}]}""", "400 invalid_request_error messages[1].content missing_required_parameter" },
        { $$"""{"messages":[{{Question}},{"role":"system","content":"s"}]}""", "400 invalid_request_error messages[1].role invalid_role" },
        { """{"messages":[{"role":"system","content":"s"}]}""", "400 invalid_request_error messages invalid_role" },
        { """{"messages":[{"role":"system","content":[{"type":"image_url","image_url":{"url":"data:,"}}]}]}""", "400 invalid_request_error messages[0].content[0].type unsupported_value" },
        { $$"""{"messages":[{{Question}}],"temperature":"hot"}""", "400 invalid_request_error temperature invalid_type" },
        { $$"""{"messages":[{{Question}}],"temperature":2.5}""", "400 invalid_request_error temperature value_out_of_bounds" },
        { $$"""{"messages":[{{Question}}],"temperature":1e999}""", "400 invalid_request_error temperature value_out_of_bounds" },
        { $$"""{"messages":[{{Question}}],"top_p":-1}""", "400 invalid_request_error top_p value_out_of_bounds" },
        { $$"""{"messages":[{{Question}}],"max_tokens":0}""", "400 invalid_request_error max_tokens value_out_of_bounds" },
        { $$"""{"messages":[{{Question}}],"max_tokens":1.5}""", "400 invalid_request_error max_tokens invalid_type" },
        { $$"""{"messages":[{{Question}}],"max_completion_tokens":99999999999}""", "400 invalid_request_error max_completion_tokens value_out_of_bounds" },
        { $$"""{"messages":[{{Question}}],"seed":"1"}""", "400 invalid_request_error seed invalid_type" },
        { $$"""{"messages":[{{Question}}],"n":2}""", "400 invalid_request_error n unsupported_value" },
        { $$"""{"messages":[{{Question}}],"stop":7}""", "400 invalid_request_error stop invalid_type" },
        { $$"""{"messages":[{{Question}}],"stop":["a",""]}""", "400 invalid_request_error stop[1] empty_string" },
        { $$"""{"messages":[{{Question}}],"stop":["a","b","c","d","e"]}""", "400 invalid_request_error stop array_above_max_length" },
        { $$"""{"messages":[{{Question}}],"stream":"yes"}""", "400 invalid_request_error stream invalid_type" },
        { $$"""{"messages":[{{Question}}],"stream_options":true}""", "400 invalid_request_error stream_options invalid_type" },
        { $$"""{"messages":[{{Question}}],"model":5}""", "400 invalid_request_error model invalid_type" },
        { $$"""{"messages":[{{Question}}],"model":"gpt-4o"}""", "404 invalid_request_error model model_not_found" },
        { $$"""{"messages":[{{string.Join(',', Enumerable.Repeat(Question, 300))}}]}""", "400 invalid_request_error messages array_above_max_length" },
    };

    public static TheoryData<string, string> BadImages => new()
    {
        { "data:image/png;base64", "invalid_image_url" },
        { "data:image/png,rawbytes", "invalid_image_url" },
        { "data:text/plain;base64,aGVsbG8=", "invalid_image_url" },
        { "data:image/png;base64,###", "invalid_base64" },
        { "data:image/png;base64,aGVsbG8", "invalid_base64" },
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
    public async Task A_body_that_makes_no_sense(string body, string error)
    {
        HttpResponseMessage response = await _server.PostAsync(body);

        (await RunningServer.ErrorOf(response)).Should().Be(error);
        response.Content.Headers.ContentType!.MediaType.Should().Be("application/json");
        _server.Script.Prompts.Should().BeEmpty();
        _server.Taken.Should().Be(0);
    }

    [Theory]
    [MemberData(nameof(BadImages))]
    public async Task An_image_that_cannot_be_used(string url, string code)
    {
        HttpResponseMessage response = await _server.PostAsync(BodyWith(url));

        (await RunningServer.ErrorOf(response)).Should().Be($"400 invalid_request_error messages[0].content[0].image_url.url {code}");
    }

    [Fact]
    public async Task Text_that_is_no_UTF_8()
    {
        HttpResponseMessage response = await _server.Client.PostAsync("/v1/chat/completions", new ByteArrayContent([.. """{"messages":[{"role":"user","content":" """u8, 0xFF, .. "\"}]}"u8]));

        (await RunningServer.ErrorOf(response)).Should().Be("400 invalid_request_error null null");
    }

    [Fact]
    public async Task More_bytes_pixels_images_or_tokens_than_are_taken()
    {
        await using RunningServer small = await RunningServer.StartAsync(new ServeSettings
        {
            Limits = new ServeLimits { BodyBytes = 4_000, ImageBytes = 2_000, ImagePixels = 63, Images = 1 },
        });

        (await RunningServer.ErrorOf(await small.AskAsync(new string('x', 5_000)))).Should().Be("413 invalid_request_error null request_too_large");
        (await RunningServer.ErrorOf(await small.PostAsync(BodyWith($"data:image/png;base64,{new string('A', 2_800)}"))))
            .Should().EndWith("image_url.url image_too_large");
        (await RunningServer.ErrorOf(await small.PostAsync(BodyWith(CompletionTests.Picture(1, 2, 3))))).Should().EndWith("image_url.url image_too_large");
        string part = """{"type":"image_url","image_url":{"url":"data:image/png;base64,"}}""";
        (await RunningServer.ErrorOf(await small.PostAsync($$"""{"messages":[{"role":"user","content":[{{part}},{{part}}]}]}""")))
            .Should().Be("400 invalid_request_error messages[0].content[1] too_many_images");
        (await RunningServer.ErrorOf(await small.AskAsync(string.Join(' ', Enumerable.Repeat("word", 101)))))
            .Should().Be("400 invalid_request_error messages context_length_exceeded");
    }

    [Fact]
    public async Task More_clients_than_there_are_places()
    {
        await using RunningServer crowded = await RunningServer.StartAsync(new ServeSettings { Limits = new ServeLimits { SideBySide = 1, Waiting = 1 } });
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
    public async Task An_answer_that_fails_is_an_error_of_the_server_that_says_nothing_of_its_inside()
    {
        HttpResponseMessage failed = await _server.AskAsync("fail: program");
        (await RunningServer.ErrorOf(failed)).Should().Be("500 server_error null null");
        (await failed.Content.ReadAsStringAsync()).Should().NotContain("secret");
        _server.Log.ToString().Should().Contain("a secret of the program").And.NotContain("   at ");

        (await RunningServer.ErrorOf(await _server.AskAsync("fail: model", ""","stream":true"""))).Should().Be("500 server_error null null");
        (await _server.AskAsync("fine")).StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_stream_that_is_cut_by_the_end_of_the_server_ends_with_an_error()
    {
        RunningServer ending = await RunningServer.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = new StringContent("""{"messages":[{"role":"user","content":"endless"}],"stream":true,"max_tokens":1000000}""", Encoding.UTF8, "application/json"),
        };
        HttpResponseMessage response = await ending.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Task<string> read = response.Content.ReadAsStringAsync();

        await ending.DisposeAsync();

        string last = (await read).Split("\n\n", StringSplitOptions.RemoveEmptyEntries)[^1];
        JsonDocument.Parse(last["data: ".Length..]).RootElement.GetProperty("error").GetProperty("code").GetString().Should().Be("server_stopping");
    }

    private static string BodyWith(string url) =>
        $$$"""{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":{{{JsonSerializer.Serialize(url)}}}}},{"type":"text","text":"q"}]}]}""";
}
