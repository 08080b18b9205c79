using System.Text.Json;
using VisualChat.Pipeline.Errors;

namespace VisualChat.Pipeline.Sources.Files;

/// <summary>
/// Where each image of a file <c>{"id": "base64", ...}</c> lies. Made in one pass that looks only for the quote that ends a value: about
/// twice the time of a plain read of the file, which is the floor (6 to 9 GB/s beside 15 to 17 from the page cache on one core), and
/// some 50 bytes of memory an image.
/// </summary>
internal sealed class Base64FileIndex : IFileIndex<Base64FileIndex>
{
    private const int LongestScalarBytes = 1 << 20;

    private static ReadOnlySpan<byte> Prefix => "data:"u8;

    /// <summary>The images' ids.</summary>
    public required Utf8Table Ids { get; init; }

    /// <summary>[images] First byte of the base64 text; a <c>data:</c> prefix is before it. -1: the value is no string.</summary>
    public required long[] Offsets { get; init; }

    /// <summary>[images] Bytes from there to the closing quote, escapes included.</summary>
    public required long[] Lengths { get; init; }

    /// <summary>[images] Backslashes among those bytes.</summary>
    public required int[] Escapes { get; init; }

    /// <summary>Scans a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="progress">Told of bytes passed, now and then.</param>
    /// <param name="cancellationToken">Stops between images.</param>
    /// <exception cref="WorkException">The file's structure is broken.</exception>
    public static Base64FileIndex Build(string path, Action<long> progress, CancellationToken cancellationToken)
    {
        using var scan = new Scan(path);
        return scan.Run(progress, cancellationToken);
    }

    public static Base64FileIndex Read(ColumnReader reader) => new()
    {
        Ids = reader.ReadTable(),
        Offsets = reader.Read<long>(),
        Lengths = reader.Read<long>(),
        Escapes = reader.Read<int>(),
    };

    public void Write(ColumnWriter writer)
    {
        writer.Write(Ids);
        writer.Write<long>(Offsets);
        writer.Write<long>(Lengths);
        writer.Write<int>(Escapes);
    }

    private sealed class Scan(string path) : IDisposable
    {
        private readonly BlockReader _reader = new(path);
        private readonly Utf8Table _ids = new();
        private readonly List<long> _offsets = [];
        private readonly List<long> _lengths = [];
        private readonly List<int> _escapes = [];
        private byte[] _id = new byte[256];

        public Base64FileIndex Run(Action<long> progress, CancellationToken cancellationToken)
        {
            while (_reader.Window.Length < 3 && _reader.More())
            {
            }

            if (_reader.Window.StartsWith("\uFEFF"u8))
                _reader.Advance(3);
            if (_reader.Window.Length == 0)
                throw FileErrors.Empty(path);
            Expect((byte)'{', "the file must be a JSON object of image ids and base64 texts.");
            if (Peek() == (byte)'}')
            {
                _reader.Advance(1);
            }
            else
            {
                for (int images = 0; ; images++)
                {
                    if ((images & 0xFF) == 0)
                    {
                        cancellationToken.ThrowIfCancellationRequested();
                        progress(_reader.Offset);
                    }

                    ReadImage();
                    if (Peek() != (byte)',')
                        break;
                    _reader.Advance(1);
                }

                Expect((byte)'}', "',' or '}' must follow an image.");
            }

            while (_reader.Window.Length > 0 || _reader.More())
            {
                if (_reader.Window.IndexOfAnyExcept(" \t\r\n"u8) is >= 0 and int extra)
                    throw FileErrors.At(path, _reader.Offset + extra, "there is more after the end of the JSON.");
                _reader.Advance(_reader.Window.Length);
            }

            progress(_reader.Length);
            return new Base64FileIndex { Ids = _ids, Offsets = [.. _offsets], Lengths = [.. _lengths], Escapes = [.. _escapes] };
        }

        public void Dispose() => _reader.Dispose();

        private void ReadImage()
        {
            int idLength = ReadId();
            Expect((byte)':', "an image's id must be followed by ':'.");
            (long offset, long length, int escapes) = (-1, 0, 0);
            if (Peek() == (byte)'"')
                (offset, length, escapes) = ReadText();
            else
                SkipValue();
            if (idLength < 0)
                return;

            // The last of equal keys counts, as in every JSON reader that fills a map.
            int image = _ids.Add(_id.AsSpan(0, idLength), out bool added);
            if (added)
            {
                _offsets.Add(offset);
                _lengths.Add(length);
                _escapes.Add(escapes);
            }
            else
            {
                (_offsets[image], _lengths[image], _escapes[image]) = (offset, length, escapes);
            }
        }

        // Leaves the id in _id. -1: an id that is no text, and that no record can name.
        private int ReadId()
        {
            if (Peek() != (byte)'"')
                throw Error("an image's id in quotes must stand here.");
            int at = 1;
            while (true)
            {
                int found = at < _reader.Window.Length ? _reader.Window[at..].IndexOfAny((byte)'"', (byte)'\\') : -1;
                if (found < 0)
                {
                    at = Math.Max(at, _reader.Window.Length);
                    if (at > LongestScalarBytes || !_reader.More())
                        throw Error("the image id here does not end.");
                    continue;
                }

                at += found;
                if (_reader.Window[at] == (byte)'"')
                    break;
                at += 2;
            }

            ReadOnlySpan<byte> quoted = _reader.Window[..(at + 1)];
            if (_id.Length < quoted.Length)
                _id = new byte[quoted.Length * 2];
            var json = new Utf8JsonReader(quoted);
            try
            {
                _ = json.Read();
                return json.CopyString(_id);
            }
            catch (InvalidOperationException)
            {
                return -1;
            }
            catch (JsonException exception)
            {
                throw FileErrors.At(path, _reader.Offset + FileErrors.OffsetIn(quoted, exception), $"not valid JSON: {FileErrors.Sentence(exception)}");
            }
            finally
            {
                _reader.Advance(quoted.Length);
            }
        }

        private (long Offset, long Length, int Escapes) ReadText()
        {
            long quote = _reader.Offset;
            _reader.Advance(1);
            while (_reader.Window.Length < 64 && _reader.More())
            {
            }

            ReadOnlySpan<byte> start = _reader.Window[..Math.Min(64, _reader.Window.Length)];
            if (start.StartsWith(Prefix) && start.IndexOfAny((byte)',', (byte)'"') is >= 0 and int comma && start[comma] == (byte)',')
                _reader.Advance(comma + 1);

            long offset = _reader.Offset;
            int escapes = 0;
            while (true)
            {
                int found = _reader.Window.IndexOfAny((byte)'"', (byte)'\\');
                if (found >= 0 && _reader.Window[found] == (byte)'"')
                {
                    long length = _reader.Offset + found - offset;
                    _reader.Advance(found + 1);
                    return (offset, length, escapes);
                }

                _reader.Advance(found < 0 ? _reader.Window.Length : found);
                if (found >= 0)
                    escapes++;
                while (_reader.Window.Length < 2)
                {
                    if (!_reader.More())
                        throw FileErrors.At(path, quote, "the value that begins here does not end.");
                }

                if (found >= 0)
                    _reader.Advance(2);
            }
        }

        private void SkipValue()
        {
            while (true)
            {
                var json = new Utf8JsonReader(_reader.Window, isFinalBlock: false, state: default);
                try
                {
                    if (json.Read() && json.TrySkip())
                    {
                        _reader.Advance((int)json.BytesConsumed);
                        return;
                    }
                }
                catch (JsonException exception)
                {
                    int at = FileErrors.OffsetIn(_reader.Window, exception);
                    throw FileErrors.At(path, _reader.Offset + at, $"not valid JSON: {FileErrors.Sentence(exception)}");
                }

                if (_reader.Window.Length > LongestScalarBytes || !_reader.More())
                    throw Error("the value here does not end.");
            }
        }

        private byte Peek()
        {
            while (true)
            {
                int found = _reader.Window.IndexOfAnyExcept(" \t\r\n"u8);
                _reader.Advance(found < 0 ? _reader.Window.Length : found);
                if (found >= 0)
                    return _reader.Window[0];
                if (!_reader.More())
                    throw Error("the file ends in the middle.");
            }
        }

        private void Expect(byte wanted, string rule)
        {
            if (Peek() != wanted)
                throw Error(rule);
            _reader.Advance(1);
        }

        private WorkException Error(string problem) => FileErrors.At(path, _reader.Offset, problem);
    }
}
