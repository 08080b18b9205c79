using System.Buffers.Binary;
using System.Text.Json;
using VisualChat.Model.Errors;
using VisualChat.Model.Files;
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
    private const long MaxHeaderBytes = 100_000_000;

    private readonly string _path;
    private readonly long _dataStart;
    private readonly long _dataBytes;

    private SafetensorsReader(string path, long dataStart, long dataBytes)
    {
        _path = path;
        _dataStart = dataStart;
        _dataBytes = dataBytes;
    }

    /// <summary>The file's tensors by name.</summary>
    /// <exception cref="ModelException">
    /// The file is cut off, is not a safetensors file, or has an element type that no model here
    /// uses.
    /// </exception>
    public static IReadOnlyDictionary<string, TensorEntry> Read(string path)
    {
        using FileStream file = UserFile.OpenStream(path);
        Span<byte> length = stackalloc byte[LengthBytes];
        if (file.ReadAtLeast(length, LengthBytes, throwOnEndOfStream: false) < LengthBytes)
            throw Broken(path, "it has no header");
        long headerBytes = BinaryPrimitives.ReadInt64LittleEndian(length);
        if (headerBytes < 0 || headerBytes > MaxHeaderBytes || headerBytes > file.Length - LengthBytes)
            throw Broken(path, $"its header would be {headerBytes} bytes long; is the download complete?");
        byte[] header = new byte[headerBytes];
        file.ReadExactly(header);
        long dataStart = LengthBytes + headerBytes;
        return new SafetensorsReader(path, dataStart, file.Length - dataStart).Entries(header);
    }

    private Dictionary<string, TensorEntry> Entries(byte[] header)
    {
        var entries = new Dictionary<string, TensorEntry>();
        try
        {
            using JsonDocument document = JsonDocument.Parse(header);
            foreach (JsonProperty tensor in document.RootElement.EnumerateObject())
            {
                if (tensor.Name != SafetensorsWriter.MetadataKey && !entries.TryAdd(tensor.Name, Entry(tensor)))
                    throw Broken(_path, $"'{tensor.Name}' is in it twice");
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException
            or KeyNotFoundException or FormatException or IndexOutOfRangeException or OverflowException)
        {
            throw Broken(_path, $"its header does not follow the format ({exception.Message})", exception);
        }

        return entries;
    }

    private TensorEntry Entry(JsonProperty tensor)
    {
        string type = tensor.Value.GetProperty("dtype").GetString()!;
        long[] shape = [.. tensor.Value.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64())];
        JsonElement offsets = tensor.Value.GetProperty("data_offsets");
        (long start, long end) = (offsets[0].GetInt64(), offsets[1].GetInt64());
        if (shape.Any(size => size < 0))
            throw Broken(_path, $"'{tensor.Name}' has a negative size");
        ScalarType elements = TypeOf(type)
            ?? throw Broken(_path, $"'{tensor.Name}' is of type {type}, which no model here has");
        var entry = new TensorEntry(_path, _dataStart + start, elements, shape, TensorEntry.RowMajor(shape));
        if (start < 0 || end < start || end > _dataBytes || entry.ExtentBytes != end - start)
        {
            throw Broken(
                _path, $"'{tensor.Name}' does not lie within it as its shape asks; is the download complete?");
        }

        return entry;
    }

    private static ModelException Broken(string path, string why, Exception? cause = null) =>
        new($"'{path}' is not a safetensors file: {why}.", cause);

    private static ScalarType? TypeOf(string type) => type switch
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
