using System.Net;
using System.Text;
using System.Text.Json;
using CsCheck;

namespace VisualChat.Pipeline.Tests.Serving;

/// <summary>
/// Whatever a client sends, it gets an answer or an error that is its own, and the server runs on.
/// </summary>
public sealed class RandomBodyTests : IAsyncLifetime
{
    private const string Image = "data:image/x-portable-pixmap;base64,UDYgMSAxIDI1NQoBAgM=";

    private const string Whole =
        """{"model":"tiny","messages":[{"role":"system","content":"s"},{"role":"user","content":[""" +
        """{"type":"text","text":"q\n\u00e9"},{"type":"image_url","image_url":{"url":""" +
        $"\"{Image}\"" +
        """}}]},{"role":"assistant","content":"a"},{"role":"user","content":"r"}],"temperature":""" +
        """0.5,"top_p":1,"max_tokens":3,"seed":7,"stop":["x"],"stream":""" +
        """true,"stream_options":{"include_usage":true},"n":1}""";

    private static readonly string[] Pieces =
    [
        "null", "true", "-1", "1e400", "0.5", "99999999999999999999",
        "\"\"", "\"user\"", "\"assistant\"", "\"image_url\"", "\"messages\"", "\"\\ud800\"", "\"\\u0000\"",
        "\"data:image/png;base64,\"", "\"data:\"", "\"http://\"", "\"file:///\"",
        "[]", "[null]", "[[]]",
        "{}", "{\"url\":\"data:image/png;base64,AAAA\"}", "{\"\\ud800\":1}",
    ];

    private RunningServer _server = null!;

    public async Task InitializeAsync() => _server = await RunningServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task The_body_they_are_made_of_is_a_good_one() =>
        (await _server.PostAsync(Whole)).StatusCode.Should().Be(HttpStatusCode.OK);

    [Fact]
    public async Task A_value_exchanged_for_another()
    {
        (int Start, int End)[] values = [.. ValuesOf(Encoding.UTF8.GetBytes(Whole))];
        values.Should().HaveCountGreaterThan(30);
        await Gen.Select(Gen.Int[0, values.Length - 1], Gen.Int[0, Pieces.Length - 1])
            .Select((place, piece) => WithPiece(values[place], Pieces[piece]))
            .SampleAsync(IsTakenWellAsync, iter: 400, threads: 2);

        static byte[] WithPiece((int Start, int End) value, string piece) =>
            Encoding.UTF8.GetBytes($"{Whole[..value.Start]}{piece}{Whole[value.End..]}");
    }

    [Fact]
    public async Task Bytes_changed_removed_and_repeated()
    {
        byte[] whole = Encoding.UTF8.GetBytes(Whole);
        await Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Int[0, 40], Gen.Byte, Gen.Int[0, 2])
            .Select(Mangled)
            .SampleAsync(IsTakenWellAsync, iter: 400, threads: 2);

        byte[] Mangled(int start, int length, byte value, int kind)
        {
            int end = Math.Min(whole.Length, start + length);
            return kind switch
            {
                0 => [.. whole[..start], .. whole[end..]],
                1 => [.. whole[..end], .. whole[start..]],
                _ => [.. whole[..start], value, .. whole[(start + 1)..]],
            };
        }
    }

    [Fact]
    public async Task Bytes_of_any_kind() =>
        await Gen.Byte.Array[0, 200].SampleAsync(IsTakenWellAsync, iter: 200, threads: 2);

    [Fact]
    public async Task Brackets_without_end() =>
        await IsTakenWellAsync(Encoding.UTF8.GetBytes(string.Concat("{\"messages\":", new string('[', 100_000))));

    private async Task<bool> IsTakenWellAsync(byte[] body)
    {
        HttpResponseMessage response =
            await _server.Client.PostAsync("/v1/chat/completions", new ByteArrayContent(body));
        string text = await response.Content.ReadAsStringAsync();
        if (response.StatusCode == HttpStatusCode.OK)
        {
            return text.EndsWith("data: [DONE]\n\n", StringComparison.Ordinal)
                || text.StartsWith("{\"id\":", StringComparison.Ordinal);
        }

        ((int)response.StatusCode).Should().BeInRange(400, 499, "{0} got {1}", Encoding.Latin1.GetString(body), text);
        await RunningServer.ErrorOf(response);
        return true;
    }

    // Where each value of a document begins and ends.
    private static List<(int Start, int End)> ValuesOf(byte[] json)
    {
        var reader = new Utf8JsonReader(json);
        var open = new Stack<int>();
        List<(int, int)> found = [];
        while (reader.Read())
        {
            int start = (int)reader.TokenStartIndex, end = (int)reader.BytesConsumed;
            switch (reader.TokenType)
            {
                case JsonTokenType.StartArray or JsonTokenType.StartObject:
                    open.Push(start);
                    break;
                case JsonTokenType.EndArray or JsonTokenType.EndObject:
                    found.Add((open.Pop(), end));
                    break;
                case JsonTokenType.PropertyName:
                    break;
                default:
                    found.Add((start, end));
                    break;
            }
        }

        return found;
    }
}
