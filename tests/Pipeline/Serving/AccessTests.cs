using System.Net;
using System.Net.Http.Headers;
using VisualChat.Pipeline.Serving;

namespace VisualChat.Pipeline.Tests.Serving;

/// <summary>Who may come in.</summary>
public sealed class AccessTests
{
    [Theory]
    [InlineData("localhost:8000", null, true)]
    [InlineData("127.0.0.1", null, true)]
    [InlineData("[::1]:8000", null, true)]
    [InlineData("localhost:8000", "http://localhost:8000", true)]
    [InlineData("localhost:8000", "http://localhost:3000", false)]
    [InlineData("localhost:8000", "https://evil.example", false)]
    [InlineData("localhost:8000", "null", false)]
    [InlineData("rebound.example:8000", null, false)]
    [InlineData("127.0.0.1.evil.example", null, false)]
    [InlineData("192.168.1.5:8000", null, false)]
    public async Task Without_a_key_only_this_machines_names_and_the_servers_own_page_are_answered(
        string host, string? origin, bool isAnswered)
    {
        await using RunningServer server = await RunningServer.StartAsync();
        foreach (string path in new[] { "/", "/health", "/v1/models" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Host = host;
            if (origin is not null)
                request.Headers.Add("Origin", origin);

            HttpResponseMessage response = await server.Client.SendAsync(request);

            response.StatusCode.Should().Be(isAnswered ? HttpStatusCode.OK : HttpStatusCode.Forbidden);
        }
    }

    [Theory]
    [InlineData(null, "401 invalid_request_error null invalid_api_key")]
    [InlineData("Basic c2VjcmV0", "401 invalid_request_error null invalid_api_key")]
    [InlineData("Bearer", "401 invalid_request_error null invalid_api_key")]
    [InlineData("Bearer wrong", "401 invalid_request_error null invalid_api_key")]
    [InlineData("Bearer sesame2", "401 invalid_request_error null invalid_api_key")]
    [InlineData("Bearer sesame", null)]
    [InlineData("bearer sesame", null)]
    public async Task With_a_key_the_API_is_for_clients_that_send_it(string? authorization, string? error)
    {
        await using RunningServer server = await RunningServer.StartAsync(new ServeSettings { ApiKey = "sesame" });
        foreach (string path in new[] { "/v1/models", "/v1/models/tiny", "/v1/chat/completions", "/v1/x" })
        {
            bool isQuestion = path == "/v1/chat/completions";
            using var request = new HttpRequestMessage(isQuestion ? HttpMethod.Post : HttpMethod.Get, path);
            if (isQuestion)
                request.Content = new StringContent("""{"messages":[{"role":"user","content":"q"}]}""");
            if (authorization is not null)
                request.Headers.TryAddWithoutValidation("Authorization", authorization);

            HttpResponseMessage response = await server.Client.SendAsync(request);

            if (error is not null)
            {
                (await RunningServer.ErrorOf(response)).Should().Be(error);
                response.Headers.WwwAuthenticate.Should().Equal(new AuthenticationHeaderValue("Bearer"));
            }
            else
                response.StatusCode.Should().Be(path == "/v1/x" ? HttpStatusCode.NotFound : HttpStatusCode.OK);
        }
    }

    [Fact]
    public async Task With_a_key_the_page_and_the_health_are_open_and_any_host_name_will_do()
    {
        await using RunningServer server = await RunningServer.StartAsync(new ServeSettings { ApiKey = "sesame" });
        foreach (string path in new[] { "/", "/page/page.js", "/health" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Host = "chat.example";

            (await server.Client.SendAsync(request)).StatusCode.Should().Be(HttpStatusCode.OK);
        }
    }
}
