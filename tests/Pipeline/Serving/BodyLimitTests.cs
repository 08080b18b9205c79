using System.Text;
using VisualChat.Model.Generation;
using VisualChat.Pipeline.Serving;
using VisualChat.Pipeline.Serving.Bodies;
using VisualChat.Pipeline.Serving.Protocol;
using VisualChat.Pipeline.Serving.Requests;

namespace VisualChat.Pipeline.Tests.Serving;

/// <summary>
/// Memory follows what is accepted, not what is sent: the first error ends the reading of a body of
/// 60 MB, and what is ignored is not kept. What the whole process allocates is counted, so nothing
/// else may run.
/// </summary>
[Collection(nameof(BodyLimitTests))]
[CollectionDefinition(nameof(BodyLimitTests), DisableParallelization = true)]
public sealed class BodyLimitTests
{
    private const string Messages = """{"messages":[{"role":"user","content":"q"}]""";
    private const int BodyBytes = 60_000_000;
    private const int MaxCharacters = 10_000;
    private const int ImageBytes = 1_000_000;

    [Theory]
    [InlineData("""{"messages":[""", "0,", "invalid_type", 100_000)]
    [InlineData("""{"messages":[""", "[", "invalid_type", 100_000)]
    [InlineData("""{"messages":""", "[", "invalid_type", 100_000)]
    [InlineData("""{"messages":[""", """{"role":"system","content":"s"},""", "array_above_max_length", 100_000)]
    [InlineData(
        """{"messages":[{"role":"user","content":[""",
        """{"type":"text","text":""},""", "array_above_max_length", 100_000)]
    [InlineData("""{"messages":[{"role":"user","content":[""", """{"text":"ab"},""", "array_above_max_length", 100_000)]
    [InlineData("""{"messages":[{"role":"user","content":" """, "a", "context_length_exceeded", 150_000)]
    [InlineData("""{"messages":[{"role":"user","content":" """, "\\u0061", "context_length_exceeded", 150_000)]
    [InlineData(
        """{"messages":[{"content":[""",
        """{"text":"abcdefghijklmnopqrstuvwxyz"},""", "context_length_exceeded", 100_000)]
    [InlineData("""{"stop":[""", "\"a\",", "array_above_max_length", 100_000)]
    [InlineData("""{"stop":[""", "[],", "invalid_type", 100_000)]
    [InlineData("""{"stop":" """, "a", "string_above_max_length", 5_000_000)]
    [InlineData("""{"model":" """, "a", "string_above_max_length", 5_000_000)]
    [InlineData("""{" """, "a", "string_above_max_length", 5_000_000)]
    [InlineData("""{"x":" """, "a", "string_above_max_length", 5_000_000)]
    [InlineData("""{"x":[" """, "a", "string_above_max_length", 5_000_000)]
    [InlineData("""{"seed":1""", "1", "string_above_max_length", 5_000_000)]
    [InlineData("""{"x":[""", "[", "nested_too_deep", 100_000)]
    [InlineData("""{"x":""", """{"y":""", "nested_too_deep", 100_000)]
    [InlineData("""{"tools":[""", "{},", "too_many_values", 5_000_000)]
    [InlineData("""{"metadata":[""", "0,", "too_many_values", 5_000_000)]
    [InlineData("""{"logit_bias":{""", "\"1\":1,", "too_many_values", 5_000_000)]
    [InlineData("""{""", "\"seed\":1,", "too_many_values", 10_000_000)]
    [InlineData("""{""", "\"stream_options\":{},", "too_many_values", 25_000_000)]
    [InlineData(
        """{"messages":[{"role":"user","content":[{"type":"image_url","image_url":" """,
        "a", "image_too_large", 5_000_000)]
    [InlineData("nonsense", "a", null, 100_000)]
    [InlineData("""{"x":" """, "\xff", null, 100_000)]
    public async Task A_body_without_end_is_refused_early(string start, string repeated, string? code, int mostRead)
    {
        using var budget = new Budget();
        using var body = new RepeatedStream(start.Replace("\" ", "\"", StringComparison.Ordinal), repeated, "");
        long before = GC.GetTotalAllocatedBytes(precise: true);

        ApiException error = (await body.Awaiting(budget.ReadAsync).Should().ThrowAsync<ApiException>()).Which;

        error.Code.Should().Be(code);
        error.Status.Should().Be(400);
        body.BytesRead.Should().BeLessThan(mostRead);
        (GC.GetTotalAllocatedBytes(precise: true) - before).Should().BeLessThan(150_000_000);
        budget.Most.Should().BeLessThan(5_000_000);
        budget.Held.Should().Be(0);
    }

    [Fact]
    public async Task What_is_ignored_is_not_kept()
    {
        using var budget = new Budget();
        using var spaces = new RepeatedStream(Messages, " ", "}");
        using var texts = new RepeatedStream(
            Messages + ",\"x\":[", $"\"{new string('a', 1000)}\",", "0]}");

        (await budget.ReadAsync(spaces)).Rounds.Should().ContainSingle();
        (await budget.ReadAsync(texts)).Rounds.Should().ContainSingle();

        budget.Most.Should().Be(0, "both fit the first window");
    }

    [Fact]
    public async Task A_body_of_more_bytes_than_are_taken_is_refused_at_the_first_that_is_too_many()
    {
        using var budget = new Budget(bodyBytes: 1_000_000);
        using var body = new RepeatedStream(Messages, " ", "}");

        ApiException error = (await body.Awaiting(budget.ReadAsync).Should().ThrowAsync<ApiException>()).Which;

        error.Status.Should().Be(413);
        body.BytesRead.Should().BeLessThan(1_100_000);
    }

    [Fact]
    public async Task Images_are_paid_for_until_the_request_ends()
    {
        string image = Convert.ToBase64String(new byte[300_000]);
        string part = $$$"""{"type":"image_url","image_url":{"url":"data:image/png;base64,{{{image}}}"}},""";
        using var budget = new Budget();
        using var body = new RepeatedStream(
            """{"messages":[{"role":"user","content":[""",
            part,
            """{"type":"text","text":"q"}]}]}""",
            bytes: 3 * part.Length);
        BodyLease lease = budget.Bodies.Begin(CancellationToken.None);

        ChatRequest request = await budget.Reader.ReadAsync(body, lease, MaxCharacters);

        request.Rounds[0].Images.Should().HaveCount(3).And.OnlyContain(read => read.Bytes!.Length == 300_000);
        budget.Held.Should().BeInRange(900_000, 1_250_000);
        lease.Dispose();
        budget.Held.Should().Be(0);
    }

    [Fact]
    public async Task Members_may_come_in_any_order_twice_or_as_null()
    {
        const string body = """
            {
              "temperature": 1, "stop": ["a"], "max_tokens": 3, "max_completion_tokens": null,
              "messages": [{ "role": "tool" , "role": "user", "content": "old", "name": "n" }],
              "messages": [
                { "content": [{ "text": "new", "type": "text", "x": [[{}]] }], "role": "user" },
                { "content": "a", "role": "assistant", "tool_calls": null },
                { "content": [
                    { "image_url": { "detail": {}, "url": "data:image\/png;base64,QUJD" }, "type": "image_url" },
                    { "type": "text", "image_url": 7, "text": "\u0041\ud83d\ude00" }], "role": "user" }
              ],
              "stop": null, "temperature": 0.5
            }
            """;
        using var budget = new Budget();

        ChatRequest request = await budget.ReadAsync(new MemoryStream(Encoding.UTF8.GetBytes(body)));

        request.Rounds.Select(round => round.Question).Should().Equal("new", "A😀");
        request.Rounds[0].Answer.Should().Be("a");
        request.Rounds[1].Images.Single().Bytes.Should().Equal("ABC"u8.ToArray());
        request.Settings.Stops.Should().BeEmpty();
        request.Settings.Sampling.Temperature.Should().Be(0.5);
        request.Settings.Sampling.MaxNewTokens.Should().Be(3);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(70_000)]
    public async Task It_does_not_matter_how_the_bytes_come(int piece)
    {
        string question = string.Concat(Enumerable.Repeat("né 猫😀", 2000));
        string image = Convert.ToBase64String(new byte[100_000]);
        string body = $$$"""
            {"x":"{{{new string('y', 70_000)}}}","messages":[{"role":"user","content":[
            {"type":"image_url","image_url":{"url":"data:image/png;base64,{{{image}}}"}},
            {"type":"text","text":"{{{question}}}"}]}],"seed":12345}
            """;
        using var budget = new Budget(maxCharacters: 100_000);
        using var pieces = new RepeatedStream("", Encoding.UTF8.GetBytes(body), piece);

        ChatRequest request = await budget.ReadAsync(pieces);

        request.Rounds[0].Question.Should().Be(question);
        request.Rounds[0].Images.Single().Bytes.Should().HaveCount(100_000);
        request.Settings.Sampling.Seed.Should().Be(12345);
    }

    private sealed class Budget(int bodyBytes = 64_000_000, int maxCharacters = MaxCharacters) : IDisposable
    {
        private long _most;

        public BodyBudget Bodies { get; } = new(256_000_000, TimeSpan.FromMinutes(1));

        public ChatRequestReader Reader { get; } =
            new(new ServeLimits { BodyBytes = bodyBytes, ImageBytes = ImageBytes }, new SamplingSettings());

        public long Held => Bodies.Held;

        /// <summary>The most that was held whenever a body was read from.</summary>
        public long Most => _most;

        public async Task<ChatRequest> ReadAsync(Stream body)
        {
            if (body is RepeatedStream repeated)
                repeated.BeforeRead = () => _most = Math.Max(_most, Held);
            using BodyLease lease = Bodies.Begin(CancellationToken.None);
            return await Reader.ReadAsync(body, lease, maxCharacters);
        }

        public void Dispose() => Held.Should().Be(0);
    }

    /// <summary>A text, another one again and again, and a last one.</summary>
    private sealed class RepeatedStream : Stream
    {
        private readonly byte[] _start;
        private readonly byte[] _repeated;
        private readonly byte[] _end;
        private readonly long _repeatedBytes;
        private readonly int _piece;

        public RepeatedStream(string start, string repeated, string end, int bytes = BodyBytes)
        {
            _start = Encoding.Latin1.GetBytes(start);
            _repeated = Encoding.Latin1.GetBytes(repeated);
            _end = Encoding.Latin1.GetBytes(end);
            _repeatedBytes = bytes / _repeated.Length * _repeated.Length;
            _piece = int.MaxValue;
        }

        public RepeatedStream(string start, byte[] once, int piece)
        {
            _start = Encoding.Latin1.GetBytes(start);
            _repeated = once;
            _end = [];
            _repeatedBytes = once.Length;
            _piece = piece;
        }

        public long BytesRead { get; private set; }

        public Action BeforeRead { get; set; } = () => { };

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => _start.Length + _repeatedBytes + _end.Length;

        public override long Position
        {
            get => BytesRead;
            set => throw new NotSupportedException();
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            BeforeRead();
            Span<byte> free = buffer.Span[..(int)Math.Min(Math.Min(buffer.Length, _piece), Length - BytesRead)];
            for (int at = 0; at < free.Length; at++)
                free[at] = ByteAt(BytesRead + at);
            BytesRead += free.Length;
            return ValueTask.FromResult(free.Length);
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        private byte ByteAt(long at)
        {
            if (at < _start.Length)
                return _start[at];
            at -= _start.Length;
            return at < _repeatedBytes ? _repeated[at % _repeated.Length] : _end[at - _repeatedBytes];
        }
    }
}
