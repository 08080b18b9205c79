using System.Net;
using System.Text;
using CsCheck;

namespace VisualChat.Pipeline.Tests.Serving;

/// <summary>Whatever a client sends, it is its own mistake or an answer, and the server goes on.</summary>
public sealed class RandomBodyTests : IAsyncLifetime
{
    private const string Whole =
        """{"model":"tiny","messages":[{"role":"system","content":"s"},{"role":"user","content":[{"type":"text","text":"q\n\u00e9"},{"type":"image_url","image_url":{"url":"data:image/x-portable-pixmap;base64,UDYgMSAxIDI1NQoBAgM="}}]},{"role":"assistant","content":"a"},{"role":"user","content":"r"}],"temperature":0.5,"top_p":1,"max_tokens":3,"seed":7,"stop":["x"],"stream":true,"stream_options":{"include_usage":true},"n":1}""";

    private static readonly string[] Pieces =
    [
        "null", "true", "-1", "1e400", "0.5", "\"\"", "\"user\"", "\"assistant\"", "\"image_url\"", "[]", "{}", "[null]", "[[]]", "\"\\ud800\"", "\"data:image/png;base64,\"",
        "\"data:\"", "\"http://\"", "\"file:///\"", "\"\\u0000\"", "99999999999999999999", "\"messages\"", "{\"url\":\"data:image/png;base64,AAAA\"}", "{\"\\ud800\":1}",
    ];

    private RunningServer _server = null!;

    public async Task InitializeAsync() => _server = await RunningServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task The_body_they_are_made_of_is_a_good_one() => (await _server.PostAsync(Whole)).StatusCode.Should().Be(HttpStatusCode.OK);

    [Fact]
    public async Task A_value_exchanged_for_another()
    {
        // Where a JSON value of the good body begins and ends, by the document itself.
        (int Start, int End)[] values = [.. ValuesOf(Encoding.UTF8.GetBytes(Whole))];
        values.Should().HaveCountGreaterThan(30);
        await Gen.Select(Gen.Int[0, values.Length - 1], Gen.Int[0, Pieces.Length - 1])
            .Select((place, piece) => Encoding.UTF8.GetBytes($"{Whole[..values[place].Start]}{Pieces[piece]}{Whole[values[place].End..]}"))
            .SampleAsync(IsTakenWellAsync, iter: 400, threads: 2);
    }

    [Fact]
    public async Task Bytes_changed_removed_and_repeated()
    {
        byte[] whole = Encoding.UTF8.GetBytes(Whole);
        Gen<byte[]> mangled = Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Int[0, 40], Gen.Byte, Gen.Int[0, 2]).Select((start, length, value, kind) =>
        {
            int end = Math.Min(whole.Length, start + length);
            return kind switch
            {
                0 => (byte[])[.. whole[..start], .. whole[end..]],
                1 => [.. whole[..end], .. whole[start..]],
                _ => [.. whole[..start], value, .. whole[(start + 1)..]],
            };
        });
        await mangled.SampleAsync(IsTakenWellAsync, iter: 400, threads: 2);
    }

    [Fact]
    public async Task Bytes_of_any_kind() => await Gen.Byte.Array[0, 200].SampleAsync(IsTakenWellAsync, iter: 200, threads: 2);

    [Fact]
    public async Task Brackets_without_end() =>
        await IsTakenWellAsync(Encoding.UTF8.GetBytes(string.Concat("{\"messages\":", new string('[', 100_000))));

    private async Task<bool> IsTakenWellAsync(byte[] body)
    {
        HttpResponseMessage response = await _server.Client.PostAsync("/v1/chat/completions", new ByteArrayContent(body));
        string text = await response.Content.ReadAsStringAsync();
        if (response.StatusCode == HttpStatusCode.OK)
            return text.EndsWith("data: [DONE]\n\n", StringComparison.Ordinal) || text.StartsWith("{\"id\":", StringComparison.Ordinal);
        ((int)response.StatusCode).Should().BeInRange(400, 499, "{0} got {1}", Encoding.Latin1.GetString(body), text);
        await RunningServer.ErrorOf(response);
        return true;
    }

    private static List<(int Start, int End)> ValuesOf(byte[] json)
    {
        var reader = new System.Text.Json.Utf8JsonReader(json);
        var open = new Stack<int>();
        List<(int, int)> found = [];
        while (reader.Read())
        {
            int start = (int)reader.TokenStartIndex, end = (int)reader.BytesConsumed;
            switch (reader.TokenType)
            {
                case System.Text.Json.JsonTokenType.StartArray or System.Text.Json.JsonTokenType.StartObject:
                    open.Push(start);
                    break;
                case System.Text.Json.JsonTokenType.EndArray or System.Text.Json.JsonTokenType.EndObject:
                    found.Add((open.Pop(), end));
                    break;
                case System.Text.Json.JsonTokenType.PropertyName:
                    break;
                default:
                    found.Add((start, end));
                    break;
            }
        }

        return found;
    }
}
