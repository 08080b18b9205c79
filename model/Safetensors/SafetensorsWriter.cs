using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;

namespace VisualChat.Model.Safetensors;

/// <summary>Writes a safetensors file.</summary>
/// <remarks>
/// The file is the header's length as 64 bits, a JSON header padded with spaces to 8 bytes, then
/// the tensors' bytes one after the other, little-endian, without gaps. Definition:
/// https://github.com/huggingface/safetensors#format.
/// </remarks>
public static class SafetensorsWriter
{
    internal const string MetadataKey = "__metadata__";

    /// <summary>The metadata that Hugging Face's loaders look for.</summary>
    internal static readonly IReadOnlyDictionary<string, string> PyTorchMetadata =
        new Dictionary<string, string> { ["format"] = "pt" };

    private const int Alignment = 8;

    /// <summary>Writes tensors in the order given. Equal tensors give equal bytes.</summary>
    /// <param name="output">Receives the file; it need not be seekable.</param>
    /// <param name="tensors">The tensors, each name once.</param>
    /// <param name="metadata">
    /// Free text by key; Hugging Face's loaders look for <c>format: pt</c>.
    /// </param>
    /// <exception cref="ArgumentException">
    /// A name is used twice, or is the format's own <c>__metadata__</c>.
    /// </exception>
    public static void Write(
        Stream output,
        IReadOnlyList<SafetensorsTensor> tensors,
        IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(tensors);
        if (!BitConverter.IsLittleEndian)
            throw new PlatformNotSupportedException("Safetensors are little-endian; this machine is not.");
        var names = new HashSet<string> { MetadataKey };
        foreach (SafetensorsTensor tensor in tensors)
        {
            if (!names.Add(tensor.Name))
            {
                throw new ArgumentException(
                    $"'{tensor.Name}' is used twice, or is the format's own name.", nameof(tensors));
            }
        }

        ReadOnlyMemory<byte> header = Header(tensors, metadata);
        Span<byte> length = stackalloc byte[sizeof(long)];
        int padding = (Alignment - (header.Length % Alignment)) % Alignment;
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length + padding);
        output.Write(length);
        output.Write(header.Span);
        for (int count = 0; count < padding; count++)
            output.WriteByte((byte)' ');
        foreach (SafetensorsTensor tensor in tensors)
            tensor.Write(output);
    }

    private static ReadOnlyMemory<byte> Header(
        IReadOnlyList<SafetensorsTensor> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
                WriteMetadata(json, metadata);
            long offset = 0;
            foreach (SafetensorsTensor tensor in tensors)
            {
                WriteEntry(json, tensor, offset);
                offset += tensor.ByteLength;
            }

            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    private static void WriteMetadata(Utf8JsonWriter json, IReadOnlyDictionary<string, string> metadata)
    {
        json.WriteStartObject(MetadataKey);
        foreach ((string key, string value) in metadata)
            json.WriteString(key, value);
        json.WriteEndObject();
    }

    private static void WriteEntry(Utf8JsonWriter json, SafetensorsTensor tensor, long offset)
    {
        json.WriteStartObject(tensor.Name);
        json.WriteString("dtype", tensor.Type);
        json.WriteStartArray("shape");
        foreach (long size in tensor.Shape)
            json.WriteNumberValue(size);
        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(offset);
        json.WriteNumberValue(offset + tensor.ByteLength);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
