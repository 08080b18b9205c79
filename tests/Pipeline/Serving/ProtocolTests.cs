using System.Text.Json;

namespace VisualChat.Pipeline.Tests.Serving;

/// <summary>
/// Requests that break HTTP's rules, or use rare ones, are errors of the client's.
/// </summary>
public sealed class ProtocolTests : IAsyncLifetime
{
    private const string Body = """{"messages":[{"role":"user","content":"q"}]}""";
    private const string Chunked = RawClient.Post + "Transfer-Encoding: chunked\r\n\r\n";
    private const string WholeChunk = "2C\r\n" + Body + "\r\n0\r\n\r\n";

    private RunningServer _server = null!;

    public async Task InitializeAsync() => _server = await RunningServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData("FFFFFFFFFFFFFFFF\r\n")]
    [InlineData("8000000000000000\r\n")]
    [InlineData("FFFFFFFF\r\n")]
    [InlineData("80000000\r\n")]
    [InlineData("00000000000000000000000000000001\r\n")]
    [InlineData("-1\r\n")]
    [InlineData("0x10\r\n")]
    [InlineData("nonsense\r\n")]
    [InlineData("\r\n")]
    [InlineData("2C\r\n" + Body + "and more")]
    public async Task Chunks_that_are_broken(string chunks)
    {
        string answer = await RawClient.AskAsync(_server, Chunked + chunks + Body);

        ShouldBeError(answer, 400);
        _server.Log.ToString().Should().NotContain("Exception");
    }

    [Theory]
    [InlineData(WholeChunk)]
    [InlineData("2C;name=value\r\n" + Body + "\r\n0\r\n\r\n")]
    [InlineData("2C\r\n" + Body + "\r\n0\r\nTrailer: value\r\n\r\n")]
    public async Task Chunks_as_HTTP_has_them(string chunks) =>
        (await RawClient.AskAsync(_server, Chunked + chunks)).Should().StartWith("HTTP/1.1 200");

    [Theory]
    [InlineData("Content-Length: 5\r\nTransfer-Encoding: chunked", 400)]
    [InlineData("Transfer-Encoding: gzip, chunked", 400)]
    [InlineData("Transfer-Encoding: chunked\r\nContent-Encoding: gzip", 415)]
    [InlineData("Transfer-Encoding: chunked\r\nContent-Encoding: br", 415)]
    [InlineData("Transfer-Encoding: chunked\r\nContent-Encoding: deflate, gzip", 415)]
    public async Task A_body_whose_length_or_form_is_not_clear(string headers, int status) =>
        ShouldBeError(await RawClient.AskAsync(_server, $"{RawClient.Post}{headers}\r\n\r\n{WholeChunk}"), status);

    [Theory]
    [InlineData("Content-Encoding: identity")]
    [InlineData("Expect: 100-continue")]
    [InlineData("Content-Type: application/json; charset=utf-16")]
    [InlineData("Content-Type: ;;;=")]
    [InlineData("Content-Type: text/plain")]
    [InlineData("Upgrade: h2c")]
    public async Task Headers_that_change_nothing(string header)
    {
        string request = $"{RawClient.Post}{header}\r\nContent-Length: 44\r\n\r\n{Body}";

        string answer = await RawClient.AskAsync(_server, request);

        answer.Should().Contain("HTTP/1.1 200");
    }

    [Theory]
    [InlineData("Content-Length: 5")]
    [InlineData("Content-Length: 0")]
    [InlineData("X: there is no length at all")]
    public async Task A_length_that_is_wrong(string header) =>
        ShouldBeError(await RawClient.AskAsync(_server, $"{RawClient.Post}{header}\r\n\r\n{Body}"), 400);

    // The web server itself refuses these, before there is a request: without a body.
    [Theory]
    [InlineData("GET /health HTTP/1.1\r\nHost: a b\r\n\r\n", 400)]
    [InlineData("GET /health HTTP/1.1\r\n\r\n", 400)]
    [InlineData("GET /%00 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400)]
    [InlineData("F\u0001O /health HTTP/1.1\r\nHost: localhost\r\n\r\n", 400)]
    [InlineData("\u0016\u0003\u0001\u0002\u0000\u0001\r\n", 400)]
    [InlineData("GET /health HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\r\n\r\n", 400)]
    [InlineData(RawClient.Post + "Content-Length: -1\r\n\r\n" + Body, 400)]
    [InlineData(RawClient.Post + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n" + Body, 400)]
    [InlineData(RawClient.Post + "Content-Length: 99999999999999999999\r\n\r\n" + Body, 400)]
    [InlineData(RawClient.Post + "Transfer-Encoding: gzip\r\n\r\n" + Body, 400)]
    [InlineData("POST /v1/chat/completions HTTP/1.0\r\nHost: localhost\r\n\r\n" + Body, 400)]
    public async Task Bytes_that_are_no_request(string bytes, int status) =>
        (await RawClient.AskAsync(_server, bytes)).Should().StartWith($"HTTP/1.1 {status}");

    [Fact]
    public async Task Headers_and_addresses_without_end()
    {
        string header = $"GET /health HTTP/1.1\r\nHost: localhost\r\nX: {new string('a', 40_000)}\r\n\r\n";
        string address = $"GET /{new string('a', 20_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n";

        (await RawClient.AskAsync(_server, header)).Should().StartWith("HTTP/1.1 431");
        (await RawClient.AskAsync(_server, address)).Should().StartWith("HTTP/1.1 414");
    }

    [Fact]
    public async Task HTTP_1_0_is_answered()
    {
        string request = $"POST /v1/chat/completions HTTP/1.0\r\nHost: localhost\r\nContent-Length: 44\r\n\r\n{Body}";

        (await RawClient.AskAsync(_server, request)).Should().StartWith("HTTP/1.1 200");
    }

    [Fact]
    public async Task HTTP_2_is_told_to_use_HTTP_1()
    {
        const string preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0004\0\0\0\0\0";

        (await RawClient.AskAsync(_server, preface)).Should().EndWith("\0\0\0\r", "13 is HTTP_1_1_REQUIRED");
    }

    [Fact]
    public async Task What_a_client_names_comes_into_the_log_without_control_characters()
    {
        const string request =
            "GET /a%1b%5b2Jb%0ac%e2%80%aed HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

        ShouldBeError(await RawClient.AskAsync(_server, request), 404);

        string line = _server.Log.ToString();
        line.Should().Contain("/a?[2Jb?c?d").And.Contain("404");
        line.TrimEnd().Should().NotMatchRegex(@"[\p{C}]");
    }

    private static void ShouldBeError(string answer, int status)
    {
        answer.Should().StartWith($"HTTP/1.1 {status}");
        string body = answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
        JsonElement error = JsonDocument.Parse(body).RootElement.GetProperty("error");
        error.GetProperty("type").GetString().Should().Be("invalid_request_error");
        error.GetProperty("message").GetString().Should().NotBeEmpty();
    }
}
