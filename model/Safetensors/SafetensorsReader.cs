using System.Buffers.Binary;
using System.Text.Json;
using VisualChat.Model.TensorFiles;
using static TorchSharp.torch;

namespace VisualChat.Model.Safetensors;

/// <summary>
/// Reads a safetensors file's header: which tensors it has and where they lie. Definition:
/// https://github.com/huggingface/safetensors#format.
/// </summary>
internal sealed class SafetensorsReader
{
    private const int LengthBytes = sizeof(long);
    private const long MaxHeaderBytes = 100_000_000; // The format's own limit.

    private readonly string _path;
    private readonly ByteRange _data;

    private SafetensorsReader(string path, ByteRange data)
    {
        _path = path;
        _data = data;
    }

    /// <summary>
    /// Whether a file begins as safetensors do: with a length (no eight letters) and a JSON object.
    /// </summary>
    public static bool Begins(ReadOnlySpan<byte> head) =>
        head.Length > LengthBytes
        && head[LengthBytes] == '{'
        && head[..LengthBytes].ContainsAnyExceptInRange((byte)' ', (byte)'~');

    /// <summary>The file's tensors by name.</summary>
    /// <exception cref="InvalidDataException">
    /// The file is cut off, its header does not follow the format, or it has an element type that
    /// no model here uses.
    /// </exception>
    public static IReadOnlyDictionary<string, TensorEntry> Read(string path, Stream file)
    {
        Span<byte> length = stackalloc byte[LengthBytes];
        file.Position = 0;
        file.ReadExactly(length);
        long headerBytes = BinaryPrimitives.ReadInt64LittleEndian(length);
        if (headerBytes < 0 || headerBytes > MaxHeaderBytes || headerBytes > file.Length - LengthBytes)
        {
            throw new InvalidDataException(
                $"its header would be {headerBytes} bytes long, and the file has {file.Length}; "
                + "is the download complete?");
        }

        byte[] header = new byte[headerBytes];
        file.ReadExactly(header);
        long dataStart = LengthBytes + headerBytes;
        return new SafetensorsReader(path, new ByteRange(dataStart, file.Length - dataStart)).Entries(header);
    }

    private Dictionary<string, TensorEntry> Entries(byte[] header)
    {
        var entries = new Dictionary<string, TensorEntry>();
        var places = new List<ByteRange>();
        try
        {
            using JsonDocument document = JsonDocument.Parse(header);
            foreach (JsonProperty tensor in document.RootElement.EnumerateObject())
            {
                if (tensor.Name == SafetensorsWriter.MetadataKey)
                    continue;
                if (!entries.TryAdd(tensor.Name, Entry(tensor, places)))
                    throw new InvalidDataException($"'{tensor.Name}' is in it twice");
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException
            or KeyNotFoundException or FormatException or IndexOutOfRangeException)
        {
            throw new InvalidDataException($"its header does not follow the format ({exception.Message})", exception);
        }

        RequireWhole(places);
        return entries;
    }

    private TensorEntry Entry(JsonProperty tensor, List<ByteRange> places)
    {
        string? type = tensor.Value.GetProperty("dtype").GetString();
        long[] shape = [.. tensor.Value.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64())];
        JsonElement offsets = tensor.Value.GetProperty("data_offsets");
        (long start, long end) = (offsets[0].GetInt64(), offsets[1].GetInt64());
        ScalarType elements = TypeOf(type)
            ?? throw new InvalidDataException($"'{tensor.Name}' is of type {type}, which no model here has");
        if (start < 0 || end < start || end > _data.Length)
        {
            throw new InvalidDataException(
                $"'{tensor.Name}' lies at {start} to {end} of {_data.Length} bytes; is the download complete?");
        }

        var place = new ByteRange(_data.Offset + start, end - start);
        places.Add(place);
        TensorEntry? entry = TensorEntry.RowMajor(shape) is { } strides
            ? TensorEntry.TryPlace(_path, place, elements, shape, strides)
            : null;
        return entry?.Bytes == place.Length
            ? entry
            : throw new InvalidDataException(
                $"'{tensor.Name}' has {place.Length} bytes, which its shape [{string.Join(", ", shape)}] "
                + "does not fill");
    }

    // As the format asks: every byte belongs to one tensor.
    private void RequireWhole(List<ByteRange> places)
    {
        places.Sort((one, other) => (one.Offset, one.Length).CompareTo((other.Offset, other.Length)));
        long end = _data.Offset;
        foreach (ByteRange place in places)
        {
            if (place.Offset != end)
            {
                throw new InvalidDataException(
                    place.Offset < end ? "its tensors overlap" : "there are bytes in it that belong to no tensor");
            }

            end += place.Length;
        }

        if (end != _data.Offset + _data.Length)
            throw new InvalidDataException("there are bytes at its end that belong to no tensor");
    }

    private static ScalarType? TypeOf(string? type) => type switch
    {
        "F64" => ScalarType.Float64,
        "F32" => ScalarType.Float32,
        "F16" => ScalarType.Float16,
        "BF16" => ScalarType.BFloat16,
        "I64" => ScalarType.Int64,
        "I32" => ScalarType.Int32,
        "I16" => ScalarType.Int16,
        "I8" => ScalarType.Int8,
        "U8" => ScalarType.Byte,
        "BOOL" => ScalarType.Bool,
        _ => null,
    };
}
