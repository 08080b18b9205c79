using System.Buffers;
using System.Text;
using System.Text.Json;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Sources.Formats;

namespace VisualChat.Pipeline.Sources.Files;

/// <summary>
/// Finds the records of an annotation file, one after another, without parsing them: it follows quotes and brackets with vectorised
/// searches and leaves everything inside a record to the record's parser. What it hands out is contiguous.
/// </summary>
internal sealed class RecordScanner(string path, RecordLayout layout) : IDisposable
{
    // A missing quote makes the rest of the file look like one value. No real record comes near this.
    private const int MaxValueBytes = 64 << 20;

    private static readonly SearchValues<byte> Structure = SearchValues.Create("\"{}[]"u8);
    private static readonly SearchValues<byte> ScalarEnd = SearchValues.Create(",]}: \t\r\n\""u8);

    private readonly BlockReader _reader = new(path);
    private readonly byte _open = layout.Container == RecordContainer.Array ? (byte)'[' : (byte)'{';
    private readonly byte _close = layout.Container == RecordContainer.Array ? (byte)']' : (byte)'}';
    private int _passed;
    private int _keyStart;
    private int _keyLength;
    private int _valueStart;
    private int _valueLength;
    private bool _started;
    private bool _first = true;
    private bool _keyFound;

    /// <summary>Where in the file the record begins.</summary>
    public long ValueOffset => _reader.Offset + _valueStart;

    /// <summary>The record. Valid until the next call of <see cref="Next"/>.</summary>
    public ReadOnlySpan<byte> Value => _reader.Window.Slice(_valueStart, _valueLength);

    /// <summary>The record's key with its quotes, as it stands in the file; empty where records have none.</summary>
    public ReadOnlySpan<byte> Key => _reader.Window.Slice(_keyStart, _keyLength);

    /// <summary>Where in the file the key begins.</summary>
    public long KeyOffset => _reader.Offset + _keyStart;

    /// <summary>Bytes of the file.</summary>
    public long FileLength => _reader.Length;

    /// <summary>Moves to the next record.</summary>
    /// <returns>False after the last.</returns>
    /// <exception cref="WorkException">The file's structure is broken.</exception>
    public bool Next()
    {
        if (!_started)
        {
            _started = true;
            SkipByteOrderMark();
            if (layout.Container != RecordContainer.Lines)
                Enter();
        }

        _reader.Advance(_passed);
        _passed = 0;
        return layout.Container == RecordContainer.Lines ? NextLine() : NextValue();
    }

    /// <summary>The error of a record whose JSON is broken.</summary>
    public WorkException Broken(ReadOnlySpan<byte> json, long offset, JsonException exception) =>
        FileErrors.At(path, offset + FileErrors.OffsetIn(json, exception), $"not valid JSON: {FileErrors.Sentence(exception)}");

    public void Dispose() => _reader.Dispose();

    private void SkipByteOrderMark()
    {
        while (_reader.Window.Length < 3 && _reader.More())
        {
        }

        if (_reader.Window.StartsWith(Encoding.UTF8.Preamble))
            _reader.Advance(3);
        if (_reader.Window.Length == 0)
            throw FileErrors.Empty(path);
    }

    // To the first record: past the container's bracket, and past the root's other keys before it.
    private void Enter()
    {
        if (layout.Key is null)
        {
            Expect(_open, $"the file must be a JSON {(_open == '[' ? "array" : "object")} of records");
            return;
        }

        Expect((byte)'{', $"the file must be a JSON object with the key '{layout.Key}'");
        if (Peek() == (byte)'}')
            throw Error($"the object has no key '{layout.Key}'.");
        if (!SkipToContainer())
            throw Error($"the object has no key '{layout.Key}'.");
    }

    // Stands before a key of the root. True: entered the container of the records. False: the root ended.
    private bool SkipToContainer()
    {
        while (true)
        {
            int start = BeforeString();
            _passed = FindStringEnd(start);
            bool wanted = Unquote(_reader.Window[start.._passed], _reader.Offset + start) == layout.Key;
            Expect((byte)':', "a key must be followed by ':'");
            if (wanted)
            {
                if (_keyFound)
                    throw Error($"the key '{layout.Key}' stands twice.");
                _keyFound = true;
                Expect(_open, $"the value of '{layout.Key}' must be {(_open == '[' ? "an array" : "an object")}");
                return true;
            }

            SkipWhitespace();
            int value = _passed;
            _passed = FindValueEnd(value);
            Verify(_reader.Window[value.._passed], _reader.Offset + value);
            _reader.Advance(_passed);
            _passed = 0;
            if (Peek() == (byte)',')
            {
                _passed++;
                continue;
            }

            Expect((byte)'}', "',' or '}' must follow a value");
            return false;
        }
    }

    private bool NextValue()
    {
        byte next = Peek();
        if (next == _close)
        {
            _passed++;
            Leave();
            return false;
        }

        if (!_first)
        {
            if (next != (byte)',')
                throw Error($"',' or '{(char)_close}' must follow a record.");
            _passed++;
        }

        _first = false;
        if (layout.Container == RecordContainer.Map)
        {
            _keyStart = BeforeString();
            _passed = FindStringEnd(_keyStart);
            _keyLength = _passed - _keyStart;
            Expect((byte)':', "a record's key must be followed by ':'");
        }

        SkipWhitespace();
        _valueStart = _passed;
        _passed = FindValueEnd(_valueStart);
        _valueLength = _passed - _valueStart;
        return true;
    }

    private void Leave()
    {
        if (layout.Key is not null)
        {
            if (Peek() == (byte)',')
            {
                _passed++;
                if (SkipToContainer())
                    throw Error($"the key '{layout.Key}' stands twice.");
            }
            else
            {
                Expect((byte)'}', "',' or '}' must follow the records");
            }
        }

        while (true)
        {
            if (_reader.Window[_passed..].IndexOfAnyExcept(" \t\r\n"u8) is >= 0 and int extra)
            {
                _passed += extra;
                throw Error("there is more after the end of the JSON.");
            }

            _reader.Advance(_reader.Window.Length);
            _passed = 0;
            if (!_reader.More())
                break;
        }

        _valueStart = _valueLength = _keyStart = _keyLength = 0;
    }

    private bool NextLine()
    {
        while (true)
        {
            int searched = 0;
            int newline;
            while ((newline = _reader.Window[searched..].IndexOf((byte)'\n')) < 0)
            {
                searched = _reader.Window.Length;
                if (searched > MaxValueBytes)
                    throw Error($"a line is longer than {MaxValueBytes >> 20} MB: the file is not JSON Lines.");
                if (!_reader.More())
                    break;
            }

            int length = newline < 0 ? _reader.Window.Length : searched + newline;
            if (length == 0 && newline < 0)
                return false;
            if (_reader.Window[..length].IndexOfAnyExcept(" \t\r"u8) >= 0)
            {
                (_valueStart, _valueLength) = (0, length);
                _passed = newline < 0 ? length : length + 1;
                return true;
            }

            _reader.Advance(newline < 0 ? length : length + 1);
        }
    }

    private byte Peek()
    {
        SkipWhitespace();
        return _reader.Window[_passed];
    }

    // Leaves _passed on a byte that is no whitespace.
    private void SkipWhitespace()
    {
        while (true)
        {
            int found = _reader.Window[_passed..].IndexOfAnyExcept(" \t\r\n"u8);
            if (found >= 0)
            {
                _passed += found;
                return;
            }

            _passed = _reader.Window.Length;
            if (!_reader.More())
                throw Error("the file ends in the middle.");
        }
    }

    private void Expect(byte wanted, string rule)
    {
        if (Peek() != wanted)
            throw Error($"{rule}.");
        _passed++;
    }

    private int BeforeString()
    {
        if (Peek() != (byte)'"')
            throw Error("a key in quotes must stand here.");
        return _passed;
    }

    private int FindValueEnd(int start)
    {
        switch (_reader.Window[start])
        {
            case (byte)'"':
                return FindStringEnd(start);
            case (byte)'{' or (byte)'[':
                return FindContainerEnd(start);
        }

        int at = start;
        while (true)
        {
            int found = _reader.Window[at..].IndexOfAny(ScalarEnd);
            if (found == 0 && at == start)
                throw Error("a value must stand here.");
            if (found >= 0)
                return at + found;
            at = _reader.Window.Length;
            MoreOf(start, at);
        }
    }

    private int FindContainerEnd(int start)
    {
        int depth = 0;
        int at = start;
        while (true)
        {
            int found = _reader.Window[at..].IndexOfAny(Structure);
            if (found < 0)
            {
                at = _reader.Window.Length;
                MoreOf(start, at);
                continue;
            }

            at += found;
            switch (_reader.Window[at])
            {
                case (byte)'"':
                    at = FindStringEnd(at, start);
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

    private int FindStringEnd(int quote) => FindStringEnd(quote, quote);

    private int FindStringEnd(int quote, int start)
    {
        int at = quote + 1;
        while (true)
        {
            int found = at <= _reader.Window.Length ? _reader.Window[at..].IndexOfAny((byte)'"', (byte)'\\') : -1;
            if (found < 0)
            {
                at = Math.Max(at, _reader.Window.Length);
                MoreOf(start, _reader.Window.Length);
                continue;
            }

            at += found;
            if (_reader.Window[at] == (byte)'"')
                return at + 1;
            at += 2;
        }
    }

    // Reads on within the value that began at start. A value that never ends is broken somewhere: the parser says where.
    private void MoreOf(int start, int end)
    {
        if (end - start <= MaxValueBytes && _reader.More())
            return;
        ReadOnlySpan<byte> value = _reader.Window[start..];
        long offset = _reader.Offset + start;
        Verify(value, offset);
        throw FileErrors.At(path, offset + value.Length, "the value here does not end.");
    }

    private void Verify(ReadOnlySpan<byte> value, long offset)
    {
        var json = new Utf8JsonReader(value);
        try
        {
            while (json.Read())
            {
            }
        }
        catch (JsonException exception)
        {
            throw Broken(value, offset, exception);
        }
    }

    private string? Unquote(ReadOnlySpan<byte> quoted, long offset)
    {
        var json = new Utf8JsonReader(quoted);
        try
        {
            _ = json.Read();
            return json.GetString();
        }
        catch (JsonException exception)
        {
            throw Broken(quoted, offset, exception);
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private WorkException Error(string problem) => FileErrors.At(path, _reader.Offset + _passed, problem);
}
