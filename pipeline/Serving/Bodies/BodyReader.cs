using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;
using VisualChat.Pipeline.Serving.Protocol;

namespace VisualChat.Pipeline.Serving.Bodies;

/// <summary>
/// Reads a body of JSON token by token as its bytes come. Only a window of it is in memory, which
/// grows when one token needs more; so memory follows what the caller keeps, and the first error
/// ends the reading. Content-Length is only a claim.
/// </summary>
/// <remarks>
/// Each byte is scanned once as UTF-8 and once as JSON; a token that is larger than the window is
/// scanned again with each doubling. A token costs some tens of nanoseconds and no memory.
/// </remarks>
internal sealed class BodyReader : IDisposable
{
    // Enough for a request without images. The number of connections bounds how many there are.
    private const int FirstWindow = 64 * 1024;

    private const int MaxDepth = 64;
    private const int MostValues = 1_000_000;
    private const int LongestName = 64;

    // More than is taken, so that a deeper body gets this class's error.
    private static readonly JsonReaderOptions Options = new() { MaxDepth = MaxDepth + 2 };

    private readonly Stream _body;
    private readonly BodyLease _lease;
    private readonly ServeLimits _limits;
    private readonly int _longest;

    // Of the window, bytes from _start to _end are not yet read as JSON, and those to _valid are
    // known to be UTF-8.
    private byte[] _window;
    private int _start;
    private int _end;
    private int _valid;
    private bool _isWhole;
    private long _arrived;

    // The current token, in the window.
    private int _token;
    private int _tokenLength;
    private int _depth;
    private int _values;
    private JsonReaderState _state = new(Options);

    /// <param name="body">Where the bytes come from.</param>
    /// <param name="lease">Pays for what the window grows.</param>
    /// <param name="limits">How large a body may be.</param>
    /// <param name="longest">
    /// Bytes beyond which a token is refused where nothing else is said.
    /// </param>
    public BodyReader(Stream body, BodyLease lease, ServeLimits limits, int longest)
    {
        _body = body;
        _lease = lease;
        _limits = limits;
        _longest = longest;
        _window = lease.Windows.Rent(FirstWindow);
    }

    /// <summary>What the current token is.</summary>
    public JsonTokenType Kind { get; private set; }

    /// <summary>
    /// The bytes between the quotes of the current string, as they stand in the body. They are
    /// gone with the next token.
    /// </summary>
    public ReadOnlySpan<byte> RawText => _window.AsSpan(_token + 1, _tokenLength - 2);

    /// <summary>An error for a body of too many bytes.</summary>
    public static ApiException TooLarge(long mostBytes) =>
        new(413, $"The body has more than {mostBytes:N0} bytes.") { Code = "request_too_large" };

    /// <summary>Reads the next token.</summary>
    /// <exception cref="ApiException">The body is wrong, too large or too slow.</exception>
    /// <exception cref="OperationCanceledException">The client left.</exception>
    public async ValueTask NextAsync()
    {
        if (!await TryNextAsync(_longest))
            throw TooLong();
    }

    /// <summary>Reads the next token unless it is longer than some bytes.</summary>
    /// <returns>Whether it was read; if not, nothing further can be.</returns>
    /// <inheritdoc cref="NextAsync" path="/exception"/>
    public async ValueTask<bool> TryNextAsync(int longest)
    {
        while (!Read())
        {
            if (_end - _start > longest)
                return false;
            await FillAsync();
        }

        return _tokenLength <= longest;
    }

    /// <summary>
    /// Reads on to the next member of an object and its value; null at the object's end. A name too
    /// long for any that is known comes as an empty one.
    /// </summary>
    /// <inheritdoc cref="NextAsync" path="/exception"/>
    public async ValueTask<string?> NextNameAsync()
    {
        await NextAsync();
        if (Kind == JsonTokenType.EndObject)
            return null;
        if (_tokenLength > LongestName)
            return "";
        try
        {
            return Text();
        }
        catch (InvalidOperationException)
        {
            throw new ApiException(400, "The body holds half of a surrogate pair, which is not a character.");
        }
    }

    /// <summary>Reads on to the end of the current value, whatever is in it.</summary>
    /// <inheritdoc cref="NextAsync" path="/exception"/>
    public async ValueTask SkipAsync()
    {
        if (Kind is not (JsonTokenType.StartArray or JsonTokenType.StartObject))
            return;
        int depth = _depth;
        while (!Skip(depth))
        {
            if (_end - _start > _longest)
                throw TooLong();
            await FillAsync();
        }
    }

    /// <summary>Reads on to the end of the body: only spaces may follow.</summary>
    /// <inheritdoc cref="NextAsync" path="/exception"/>
    public async ValueTask EndAsync()
    {
        while (!Read() && !_isWhole)
            await FillAsync();
    }

    /// <summary>The current string.</summary>
    /// <exception cref="InvalidOperationException">It holds half of a surrogate pair.</exception>
    public string Text() => Token().GetString()!;

    /// <summary>The current string's bytes, its escapes resolved.</summary>
    /// <returns>How many there are.</returns>
    /// <inheritdoc cref="Text" path="/exception"/>
    public int CopyText(Span<byte> bytes) => Token().CopyString(bytes);

    /// <summary>The current number; infinity if it is too large.</summary>
    public double Number() => Token().GetDouble();

    /// <summary>The current number if it is a whole one of 64 bits.</summary>
    public bool TryGetWholeNumber(out long number) => Token().TryGetInt64(out number);

    /// <summary>Gives the window back.</summary>
    public void Dispose()
    {
        if (_window.Length == 0)
            return;
        _lease.Give(_window.Length - FirstWindow);
        _lease.Windows.Return(_window);
        _window = [];
    }

    private static ApiException NotJson(JsonException exception) =>
        new(400, $"The body is not JSON: line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}.");

    private ApiException TooLong() =>
        new(400, $"The body has a text or a number of more than {_longest:N0} bytes.")
        {
            Code = "string_above_max_length",
        };

    private Utf8JsonReader Token()
    {
        var json = new Utf8JsonReader(_window.AsSpan(_token, _tokenLength));
        _ = json.Read();
        return json;
    }

    // False at the end of what is in the window.
    private bool Read()
    {
        var json = new Utf8JsonReader(_window.AsSpan(_start, _end - _start), _isWhole, _state);
        try
        {
            bool isRead = json.Read();
            if (isRead)
            {
                Count(json);
                Kind = json.TokenType;
                _depth = json.CurrentDepth;
                _token = _start + (int)json.TokenStartIndex;
                bool isQuoted = Kind is JsonTokenType.String or JsonTokenType.PropertyName;
                _tokenLength = json.ValueSpan.Length + (isQuoted ? 2 : 0);
            }

            Consume(json);
            return isRead;
        }
        catch (JsonException exception)
        {
            throw NotJson(exception);
        }
    }

    // Reads on to the end of the array or object of a depth. False as above.
    private bool Skip(int depth)
    {
        var json = new Utf8JsonReader(_window.AsSpan(_start, _end - _start), _isWhole, _state);
        try
        {
            bool isOver = false;
            while (!isOver && json.Read())
            {
                Count(json);
                isOver = json.CurrentDepth == depth
                    && json.TokenType is JsonTokenType.EndArray or JsonTokenType.EndObject;
            }

            Consume(json);
            return isOver;
        }
        catch (JsonException exception)
        {
            throw NotJson(exception);
        }
    }

    private void Consume(in Utf8JsonReader json)
    {
        _state = json.CurrentState;
        _start += (int)json.BytesConsumed;
    }

    private void Count(in Utf8JsonReader json)
    {
        if (++_values > MostValues)
            throw new ApiException(400, $"The body has more than {MostValues:N0} values.") { Code = "too_many_values" };
        if (json.CurrentDepth > MaxDepth)
            throw new ApiException(400, $"The body is nested deeper than {MaxDepth}.") { Code = "nested_too_deep" };
    }

    // Makes room, and fills it or reads to the body's end: so a token is scanned again only after
    // the window has doubled.
    private async ValueTask FillAsync()
    {
        if (_start > 0)
        {
            _window.AsSpan(_start, _end - _start).CopyTo(_window);
            _valid -= _start;
            _end -= _start;
            _start = 0;
        }

        if (_end > _window.Length / 2)
            await GrowAsync();
        while (_end < _window.Length)
        {
            int read = await ReadAsync(_window.AsMemory(_end));
            if (read == 0)
            {
                _isWhole = true;
                _lease.Arrive();
                break;
            }

            _arrived += read;
            if (_arrived > _limits.BodyBytes)
                throw TooLarge(_limits.BodyBytes);
            _end += read;
        }

        CheckText();
    }

    private async ValueTask GrowAsync()
    {
        await _lease.TakeAsync(_window.Length);
        byte[] window = _lease.Windows.Rent(2 * _window.Length);
        _window.AsSpan(0, _end).CopyTo(window);
        _lease.Windows.Return(_window);
        _window = window;
    }

    private async ValueTask<int> ReadAsync(Memory<byte> free)
    {
        try
        {
            return await _lease.GuardAsync(_body.ReadAsync(free, _lease.Arrival));
        }
        catch (BadHttpRequestException bad) when (bad.StatusCode == StatusCodes.Status408RequestTimeout)
        {
            throw ApiException.TooSlow($"fewer than {_limits.BodyBytesPerSecond:N0} bytes a second");
        }
        catch (IOException broken) when (!_lease.IsLeft && broken is not BadHttpRequestException)
        {
            // Kestrel knows most broken chunks by another exception, but not sizes beyond 31 bits.
            throw new ApiException(400, $"The body's chunks are broken: {broken.Message}");
        }
    }

    private void CheckText()
    {
        int end = _isWhole ? _end : WholeCharacters(_window.AsSpan(0, _end));
        if (!Utf8.IsValid(_window.AsSpan(_valid, end - _valid)))
            throw new ApiException(400, "The body is not UTF-8 text.");
        _valid = end;
    }

    // The length without a character at the end of which bytes are missing.
    private static int WholeCharacters(ReadOnlySpan<byte> text)
    {
        for (int back = 1; back <= Math.Min(3, text.Length); back++)
        {
            byte lead = text[^back];
            if ((lead & 0xC0) == 0x80)
                continue;
            int length = lead switch { < 0xC0 => 1, < 0xE0 => 2, < 0xF0 => 3, _ => 4 };
            return length > back ? text.Length - back : text.Length;
        }

        return text.Length;
    }
}
