using System.Net;
using System.Net.Sockets;
using System.Text;
using VisualChat.Pipeline.Serving;
using VisualChat.Pipeline.Serving.Bodies;
using VisualChat.Pipeline.Serving.Images;
using VisualChat.Pipeline.Serving.Protocol;

namespace VisualChat.Pipeline.Tests.Serving;

/// <summary>Images that a request names by URL.</summary>
public sealed class FetchedImageTests : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<string> _asked = [];
    private string _answer = "";

    public FetchedImageTests()
    {
        _listener.Start();
        _ = ServeAsync();
    }

    private int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    private string Image => $"http://127.0.0.1:{Port}/a.png";

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task A_host_that_was_named_is_asked()
    {
        _answer = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";

        (await FetchAsync($"http://127.0.0.1:{Port}/a.png?x=1")).Should().Equal("abc"u8.ToArray());
        _asked.Should().Equal("GET /a.png?x=1 HTTP/1.1");
    }

    [Fact]
    public async Task A_host_that_was_not_named_is_not_asked()
    {
        (await RefusalAsync($"http://localhost:{Port}/a.png", "127.0.0.1"))
            .Should().Contain("not fetched from localhost");
        (await RefusalAsync($"http://127.0.0.1.example:{Port}/a.png", "127.0.0.1"))
            .Should().Contain("not fetched from 127.0.0.1.example");
        (await RefusalAsync(Image)).Should().Contain("not fetched here");
        _asked.Should().BeEmpty();
    }

    [Fact]
    public async Task A_redirect_leads_to_named_hosts_only()
    {
        _answer = $"HTTP/1.1 302 Found\r\nLocation: http://localhost:{Port}/b.png\r\nContent-Length: 0\r\n\r\n";
        (await RefusalAsync(Image, "127.0.0.1")).Should().Contain("not fetched from localhost");
        _asked.Should().HaveCount(1);

        _answer = "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n";
        (await RefusalAsync(Image, "127.0.0.1")).Should().Contain("no other web page");

        _answer = "HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n";
        (await RefusalAsync(Image, "127.0.0.1")).Should().Contain("from one place to the next");
    }

    [Fact]
    public async Task No_more_is_read_than_an_image_may_have_whatever_the_headers_claim()
    {
        _answer = $"HTTP/1.1 200 OK\r\n\r\n{new string('x', 5000)}";

        (await RefusalAsync(Image, "127.0.0.1")).Should().Contain("more than 1,000 bytes");
    }

    [Fact]
    public async Task A_host_that_does_not_answer_well_is_an_error_of_the_request()
    {
        _answer = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
        (await RefusalAsync(Image, "127.0.0.1")).Should().Contain("status 404");
        _answer = "nonsense";
        (await RefusalAsync(Image, "127.0.0.1")).Should().Contain("cannot be reached");
        _listener.Stop();
        (await RefusalAsync(Image, "127.0.0.1")).Should().Contain("cannot be reached");
    }

    [Fact]
    public async Task A_request_may_name_an_image_of_a_named_host()
    {
        byte[] ppm = [.. "P6 1 1 255\n"u8, 9, 8, 7];
        _answer = $"HTTP/1.1 200 OK\r\nContent-Length: {ppm.Length}\r\n\r\n{Encoding.Latin1.GetString(ppm)}";
        await using RunningServer server =
            await RunningServer.StartAsync(new ServeSettings { ImageHosts = ["127.0.0.1"] });
        string image = $$$"""{"type":"image_url","image_url":{"url":"{{{Image}}}"}}""";
        string body = $$"""{"messages":[{"role":"user","content":[{{image}},{"type":"text","text":"q"}]}]}""";

        (await server.PostAsync(body)).EnsureSuccessStatusCode();

        server.Script.Prompts.Single().Images.Single().Crop.ToArray()[..3].Should().Equal(9, 8, 7);
    }

    [Theory]
    [InlineData("8.8.8.8", true)]
    [InlineData("172.15.0.1", true)]
    [InlineData("2606:4700::1111", true)]
    [InlineData("127.0.0.1", false)]
    [InlineData("10.1.2.3", false)]
    [InlineData("172.16.0.1", false)]
    [InlineData("192.168.0.1", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("100.64.0.1", false)]
    [InlineData("0.0.0.0", false)]
    [InlineData("255.255.255.255", false)]
    [InlineData("::1", false)]
    [InlineData("::", false)]
    [InlineData("fd00::1", false)]
    [InlineData("fe80::1", false)]
    [InlineData("::ffff:127.0.0.1", false)]
    [InlineData("64:ff9b::7f00:1", false)]
    [InlineData("64:ff9b::808:808", true)]
    [InlineData("2002:7f00:1::", false)]
    public void Addresses_of_this_machine_and_its_networks_are_not_public(string address, bool isPublic) =>
        PublicAddress.IsPublic(IPAddress.Parse(address)).Should().Be(isPublic);

    private static async Task<byte[]> FetchAsync(string url)
    {
        using var fetcher = new ImageFetcher(["127.0.0.1"], 1000);
        using BodyLease lease = new BodyBudget(1000, Timeout.InfiniteTimeSpan).Begin(CancellationToken.None);
        return await fetcher.FetchAsync(new Uri(url), "path", lease, CancellationToken.None);
    }

    private static async Task<string> RefusalAsync(string url, params string[] hosts)
    {
        using var fetcher = new ImageFetcher(hosts, 1000);
        using BodyLease lease = new BodyBudget(1000, Timeout.InfiniteTimeSpan).Begin(CancellationToken.None);
        Func<Task> fetching = () => fetcher.FetchAsync(new Uri(url), "path", lease, CancellationToken.None);
        ApiException error = (await fetching.Should().ThrowAsync<ApiException>()).Which;
        error.Status.Should().Be(400);
        error.Parameter.Should().Be("path");
        return error.Message;
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using TcpClient client = await _listener.AcceptTcpClientAsync();
                NetworkStream stream = client.GetStream();
                using var reader = new StreamReader(stream, leaveOpen: true);
                _asked.Add(await reader.ReadLineAsync() ?? "");
                while (await reader.ReadLineAsync() is { Length: > 0 })
                {
                }

                await stream.WriteAsync(Encoding.Latin1.GetBytes(_answer));
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or IOException)
        {
            // The test is over.
        }
    }
}
