using System.Buffers;
using System.Text;
using System.Text.Json;
using VisualChat.Pipeline.Errors;

namespace VisualChat.Pipeline.Sources.Json;

/// <summary>
/// Walks through a JSON file of any size by its structure: it finds where strings and values end
/// with vectorised searches for quotes and brackets, and leaves what is inside to others. What it
/// takes stays in memory until <see cref="Release"/>; what it passes does not.
/// </summary>
internal sealed class JsonScanner(string path) : IDisposable
{
    // A missing quote makes the rest of the file look like one value. No real record comes near
    // this.
    private const int LongestValueBytes = 64 << 20;

    private static readonly SearchValues<byte> Structure = SearchValues.Create("\"{}[]"u8);
    private static readonly SearchValues<byte> ScalarEnd = SearchValues.Create(",]}: \t\r\n\""u8);

    private readonly BlockReader _reader = new(path);
    private int _at;

    /// <summary>Bytes of the file.</summary>
    public long Length => _reader.Length;

    /// <summary>Where in the file the scanner stands.</summary>
    public long Offset => _reader.Offset + _at;

    private static ReadOnlySpan<byte> WhiteSpace => " \t\r\n"u8;

    /// <summary>The bytes of a part. Valid until the scanner moves.</summary>
    public ReadOnlySpan<byte> this[FilePart part] => _reader.Window.Slice(part.Start, part.Length);

    /// <summary>Where in the file a part begins.</summary>
    public long OffsetOf(FilePart part) => _reader.Offset + part.Start;

    /// <summary>
    /// Lets go of all parts: what lies before the scanner is not needed any more.
    /// </summary>
    public void Release()
    {
        _reader.Advance(_at);
        _at = 0;
    }

    /// <summary>Passes a byte order mark at the beginning of the file.</summary>
    /// <exception cref="WorkException">The file is empty, or is UTF-16.</exception>
    public void Begin()
    {
        ReadOnlySpan<byte> first = Ahead(2);
        if (first.SequenceEqual(Encoding.Unicode.Preamble) || first.SequenceEqual(Encoding.BigEndianUnicode.Preamble))
            throw Error("the file is UTF-16. Save it as UTF-8.");
        if (Ahead(Encoding.UTF8.Preamble.Length).SequenceEqual(Encoding.UTF8.Preamble))
            Pass(Encoding.UTF8.Preamble.Length);
        if (_reader.Window.Length == _at)
            throw JsonErrors.Empty(path);
    }

    /// <summary>The next bytes; fewer than asked for at the end of the file.</summary>
    public ReadOnlySpan<byte> Ahead(int count)
    {
        while (_reader.Window.Length - _at < count && _reader.More())
        {
        }

        return _reader.Window.Slice(_at, Math.Min(count, _reader.Window.Length - _at));
    }

    /// <summary>Passes bytes that were seen <see cref="Ahead"/>.</summary>
    public void Pass(int count) => _at += count;

    /// <summary>Passes white space. The next byte, which is not passed.</summary>
    /// <exception cref="WorkException">The file ends.</exception>
    public byte Peek() => TryPeek(out byte next) ? next : throw Error("the file ends in the middle.");

    /// <summary>Passes white space, and finds the next byte, which is not passed.</summary>
    /// <returns>False at the end of the file.</returns>
    public bool TryPeek(out byte next)
    {
        while (true)
        {
            int found = _reader.Window[_at..].IndexOfAnyExcept(WhiteSpace);
            if (found >= 0)
            {
                _at += found;
                next = _reader.Window[_at];
                return true;
            }

            _at = _reader.Window.Length;
            if (!_reader.More())
            {
                next = 0;
                return false;
            }
        }
    }

    /// <summary>
    /// Whether the file is objects one after another without regard for lines: the first, at which
    /// the scanner stands, does not end on its line and the next line begins with no object, or
    /// another object follows it on the line. The scanner does not move; it holds the line.
    /// </summary>
    public bool HasObjectsAcrossLines()
    {
        Release();
        int newline = FindNewline();
        ReadOnlySpan<byte> line = newline < 0 ? _reader.Window : _reader.Window[..newline];
        int end = EndOfValue(line);
        if (end >= 0)
            return line[end..].TrimStart(WhiteSpace).StartsWith("{"u8);
        // Within an object, lines are indented, or begin with a key.
        while (newline >= 0)
        {
            int next = _reader.Window[newline..].IndexOfAnyExcept("\r\n"u8);
            if (next >= 0)
                return _reader.Window[newline + next] is not ((byte)'{' or (byte)'[');
            newline = _reader.More() ? newline : -1;
        }

        return false;
    }

    /// <summary>Passes white space and the wanted byte.</summary>
    /// <exception cref="WorkException">
    /// Another byte stands there; <paramref name="rule"/> says what must.
    /// </exception>
    public void Expect(byte wanted, string rule)
    {
        if (Peek() != wanted)
            throw Error(rule);
        _at++;
    }

    /// <summary>Requires that nothing but white space follows.</summary>
    public void ExpectEnd()
    {
        while (true)
        {
            if (_reader.Window[_at..].IndexOfAnyExcept(WhiteSpace) is >= 0 and int extra)
            {
                _at += extra;
                throw Error("there is more after the end of the JSON.");
            }

            _at = _reader.Window.Length;
            Release();
            if (!_reader.More())
                return;
        }
    }

    /// <summary>Takes a string with its quotes.</summary>
    /// <param name="rule">The error if there is none.</param>
    /// <param name="endless">
    /// The error, at its beginning, if it does not end; without it, the parser's own.
    /// </param>
    public FilePart TakeString(string rule, string? endless = null)
    {
        if (Peek() != (byte)'"')
            throw Error(rule);
        int start = _at;
        _at = FindStringEnd(start, start, endless);
        return new FilePart(start, _at - start);
    }

    /// <summary>Takes a value. What is inside it is not verified.</summary>
    /// <param name="endless">
    /// The error, at its beginning, if it does not end; without it, the parser's own.
    /// </param>
    public FilePart TakeValue(string? endless = null)
    {
        byte first = Peek();
        int start = _at;
        _at = first switch
        {
            (byte)'"' => FindStringEnd(start, start, endless),
            (byte)'{' or (byte)'[' => FindContainerEnd(start, endless),
            _ => FindScalarEnd(start, endless),
        };
        return new FilePart(start, _at - start);
    }

    /// <summary>
    /// Passes the rest of a string and its closing quote, and holds nothing of it: a string may be
    /// longer than memory.
    /// </summary>
    /// <param name="quote">Where in the file the string began.</param>
    /// <returns>
    /// Bytes up to the closing quote, and the backslashes that escape another byte.
    /// </returns>
    public (long Length, int Escapes) PassRestOfString(long quote)
    {
        long start = Offset;
        int escapes = 0;
        while (true)
        {
            int found = _reader.Window[_at..].IndexOfAny((byte)'"', (byte)'\\');
            if (found >= 0 && _reader.Window[_at + found] == (byte)'"')
            {
                long length = Offset + found - start;
                _at += found + 1;
                return (length, escapes);
            }

            _at = found < 0 ? _reader.Window.Length : _at + found;
            Release();
            if (Ahead(2).Length < 2)
                throw JsonErrors.At(path, quote, "the value that begins here does not end.");
            if (found >= 0)
            {
                escapes++;
                _at += 2;
            }
        }
    }

    /// <summary>
    /// Lets go of all parts and takes the next line that is not blank, without its line break.
    /// </summary>
    /// <returns>False at the end of the file.</returns>
    public bool TryTakeLine(out FilePart line)
    {
        while (true)
        {
            Release();
            int newline = FindNewline();
            int length = newline < 0 ? _reader.Window.Length : newline;
            line = new FilePart(0, length);
            if (length == 0 && newline < 0)
                return false;
            _at = newline < 0 ? length : length + 1;
            if (this[line].IndexOfAnyExcept(WhiteSpace) >= 0)
                return true;
        }
    }

    /// <summary>Requires that a part is JSON, or the beginning of JSON.</summary>
    /// <exception cref="WorkException">It is not; says where.</exception>
    public void Verify(FilePart part, bool isWhole = true)
    {
        var json = new Utf8JsonReader(this[part], isWhole, state: default);
        try
        {
            while (json.Read())
            {
            }
        }
        catch (JsonException exception)
        {
            throw Broken(part, exception);
        }
    }

    /// <summary>Copies the text of a string, unescaped.</summary>
    /// <param name="quoted">The string with its quotes.</param>
    /// <param name="text">At least as long as <paramref name="quoted"/>.</param>
    /// <returns>Bytes copied; -1 if the string is not valid UTF-8 or not valid UTF-16.</returns>
    /// <exception cref="WorkException">It is not a JSON string.</exception>
    public int CopyText(FilePart quoted, Span<byte> text)
    {
        var json = new Utf8JsonReader(this[quoted]);
        try
        {
            _ = json.Read();
            return json.CopyString(text);
        }
        catch (InvalidOperationException)
        {
            return -1;
        }
        catch (JsonException exception)
        {
            throw Broken(quoted, exception);
        }
    }

    /// <summary>The error of a part whose JSON is broken.</summary>
    public WorkException Broken(FilePart part, JsonException exception)
    {
        long offset = OffsetOf(part) + JsonErrors.OffsetIn(this[part], exception);
        return JsonErrors.At(path, offset, $"not valid JSON: {JsonErrors.Sentence(exception)}");
    }

    /// <summary>The error of what stands here.</summary>
    public WorkException Error(string problem) => JsonErrors.At(path, Offset, problem);

    public void Dispose() => _reader.Dispose();

    private int FindScalarEnd(int start, string? endless)
    {
        int at = start;
        while (true)
        {
            int found = _reader.Window[at..].IndexOfAny(ScalarEnd);
            if (found == 0 && at == start)
                throw Error("a value must stand here.");
            if (found >= 0)
                return at + found;
            at = _reader.Window.Length;
            MoreOf(start, endless);
        }
    }

    private int FindContainerEnd(int start, string? endless)
    {
        int depth = 0;
        int at = start;
        while (true)
        {
            int found = _reader.Window[at..].IndexOfAny(Structure);
            if (found < 0)
            {
                at = _reader.Window.Length;
                MoreOf(start, endless);
                continue;
            }

            at += found;
            switch (_reader.Window[at])
            {
                case (byte)'"':
                    at = FindStringEnd(at, start, endless);
                    continue;
                case (byte)'{' or (byte)'[':
                    depth++;
                    break;
                default:
                    depth--;
                    break;
            }

            at++;
            if (depth == 0)
                return at;
        }
    }

    // The end of the object that a line begins with; -1 if it does not end there.
    private static int EndOfValue(ReadOnlySpan<byte> line)
    {
        int depth = 0;
        for (int at = 0; at < line.Length; at++)
        {
            int found = line[at..].IndexOfAny(Structure);
            if (found < 0)
                return -1;
            at += found;
            if (line[at] == (byte)'"')
            {
                for (at++; at < line.Length && line[at] != (byte)'"'; at++)
                    at += line[at] == (byte)'\\' ? 1 : 0;
                continue;
            }

            depth += line[at] is (byte)'{' or (byte)'[' ? 1 : -1;
            if (depth == 0)
                return at + 1;
        }

        return -1;
    }

    // The value that the string belongs to began at start.
    private int FindStringEnd(int quote, int start, string? endless)
    {
        int at = quote + 1;
        while (true)
        {
            int found = at <= _reader.Window.Length
                ? _reader.Window[at..].IndexOfAny((byte)'"', (byte)'\\')
                : -1;
            if (found < 0)
            {
                at = Math.Max(at, _reader.Window.Length);
                MoreOf(start, endless);
                continue;
            }

            at += found;
            if (_reader.Window[at] == (byte)'"')
                return at + 1;
            at += 2;
        }
    }

    // The place of the next line break among the bytes held; -1 if the file ends without one.
    private int FindNewline()
    {
        int searched = 0;
        while (true)
        {
            int found = _reader.Window[searched..].IndexOf((byte)'\n');
            if (found >= 0)
                return searched + found;
            searched = _reader.Window.Length;
            if (searched > LongestValueBytes)
                throw Error($"a line is longer than {LongestValueBytes >> 20} MB: the file is not JSON Lines.");
            if (!_reader.More())
                return -1;
        }
    }

    // Reads on within the value that began at start. A value that never ends is broken somewhere:
    // the parser says where.
    private void MoreOf(int start, string? endless)
    {
        var held = new FilePart(start, _reader.Window.Length - start);
        if (held.Length <= LongestValueBytes && _reader.More())
            return;
        Verify(held, isWhole: endless is null);
        if (endless is not null)
            throw JsonErrors.At(path, OffsetOf(held), endless);
        throw JsonErrors.At(path, OffsetOf(held) + held.Length, "the value here does not end.");
    }
}
