using System.Text;

namespace VisualChat.Pipeline.Tests.Serving;

/// <summary>
/// Thousands of requests that are damaged in their headers, chunks or bodies: none is the server's
/// error, each ends, and nothing stays held. <c>VISUALCHAT_REQUESTS</c> says how many.
/// </summary>
public sealed class RandomRequestTests
{
    private const int Seed = 20261128;
    private const int Clients = 8;

    private static readonly int Requests =
        int.Parse(Environment.GetEnvironmentVariable("VISUALCHAT_REQUESTS") ?? "3000");

    private static readonly string[] Bodies =
    [
        """{"messages":[{"role":"user","content":"one two"}],"max_tokens":2}""",
        """{"messages":[{"role":"user","content":[{"type":"text","text":"q"}]}],"stream":true,"stop":["x"],"seed":7}""",
        """{"messages":[{"role":"system","content":"s"},{"role":"user","content":[{"type":"image_url","image_url":"""
        + """{"url":"data:image/x-portable-pixmap;base64,UDYgMSAxIDI1NQoBAgM="}},{"type":"text","text":"q"}]}]}""",
        """{"tools":[{"a":[1,{"b":null}]}],"messages":[{"content":"q","role":"user"}],"metadata":{"k":"\u00e9"}}""",
    ];

    private static readonly string[] Pieces =
    [
        "\0", "\r\n", "\r\n\r\n", "\n", "\x1b[2J", "\xff\xfe", "\xed\xa0\x80", "\\ud800", "\\", "\"", "{", "[", "]",
        "}", ",", ":", "null", "-1", "1e999", "99999999999999999999", "FFFFFFFFFFFFFFFF", "chunked", "0\r\n\r\n", "%00",
        "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", "Content-Encoding: gzip\r\n", "HTTP/1.0",
        "Expect: 100-continue\r\n", "\"stop\":", "\"messages\":", "data:image/png;base64,", "[[[[[[[[", "\xef\xbb\xbf",
    ];

    [Fact]
    public async Task Damaged_requests_are_never_the_servers_error()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        var answers = new int[6];

        await Task.WhenAll(Enumerable.Range(0, Clients).Select(client => Task.Run(async () =>
        {
            for (int number = client; number < Requests; number += Clients)
            {
                string request = RequestOf(new Random(Seed + number));
                string answer = await AskAsync(server, request);
                Interlocked.Increment(ref answers[KindOf(answer)]);
                KindOf(answer).Should().NotBe(5, "request {0} was {1} and got {2}", number, request, answer);
            }
        })));

        answers[2].Should().BeGreaterThan(Requests / 50, "some of the damage is harmless");
        answers[4].Should().BeGreaterThan(Requests / 3);
        (await server.AskAsync("one")).EnsureSuccessStatusCode();
        server.Taken.Should().Be(0);
        server.HeldBodyBytes.Should().Be(0);
        server.Log.ToString().Should().NotContain("Exception");
    }

    // The first digit of the status; 0 if there is none. The web server calls another version of
    // HTTP its own error (505), as the standard does.
    private static int KindOf(string answer)
    {
        if (answer.StartsWith("HTTP/1.1 505", StringComparison.Ordinal))
            return 4;
        return answer.StartsWith("HTTP/1.1 ", StringComparison.Ordinal) ? answer[9] - '0' : 0;
    }

    // The half that is sent no further tells the server that nothing more comes.
    private static async Task<string> AskAsync(RunningServer server, string request)
    {
        using RawClient client = await RawClient.ConnectAsync(server);
        await client.SendAsync(request);
        Task<string> answer = client.ReadToEndAsync();
        if (await Task.WhenAny(answer, Task.Delay(200)) != answer)
            client.CloseHalf();
        return await answer;
    }

    private static string RequestOf(Random random)
    {
        var body = new StringBuilder(Bodies[random.Next(Bodies.Length)]);
        for (int damage = random.Next(3); damage > 0; damage--)
            Damage(body, random);
        bool isChunked = random.Next(3) == 0;
        var head = new StringBuilder(RawClient.Post)
            .Append(isChunked ? "Transfer-Encoding: chunked" : $"Content-Length: {body.Length}")
            .Append("\r\n\r\n");
        if (isChunked)
        {
            int cut = random.Next(body.Length);
            body.Insert(cut, $"\r\n{body.Length - cut:x}\r\n").Insert(0, $"{cut:x}\r\n").Append("\r\n0\r\n\r\n");
            if (random.Next(2) == 0)
                Damage(body, random);
        }

        if (random.Next(3) == 0)
            Damage(head, random);
        return head.Append(body).ToString();
    }

    private static void Damage(StringBuilder text, Random random)
    {
        int at = random.Next(text.Length);
        int length = Math.Min(random.Next(1, 12), text.Length - at);
        switch (random.Next(4))
        {
            case 0:
                text.Remove(at, length);
                break;
            case 1:
                text[at] = (char)random.Next(256);
                break;
            case 2:
                text.Insert(at, text.ToString(at, length));
                break;
            default:
                text.Insert(at, Pieces[random.Next(Pieces.Length)]);
                break;
        }

        if (text.Length == 0)
            text.Append(' ');
    }
}
