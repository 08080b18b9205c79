using System.Buffers;
using System.Text;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using VisualChat.Model.Files;
using VisualChat.Pipeline.Images;
using VisualChat.Pipeline.Sources.Datasets;
using VisualChat.Pipeline.Sources.Indexes;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Sources.Images;

/// <summary>
/// A JSON file of base64 images. Reading one is one positional read and one vectorised decode.
/// </summary>
internal sealed class Base64Images(string path, string name, Base64FileIndex index) : ImageContainer(path, name)
{
    private readonly Lazy<SafeFileHandle> _handle = new(() => UserFile.Open(path, FileOptions.RandomAccess));

    public override ImageLookup Find(string key, DatasetDefinition dataset)
    {
        string path = $"{Name}#{key}";
        int image = index.Ids.Find(Encoding.UTF8.GetBytes(key));
        if (image < 0)
            return new ImageLookup(path, -1, 0, RejectReason.ImageMissing, $"{Name} has no image '{key}'");
        if (index.Offsets[image] < 0)
            return new ImageLookup(path, -1, 0, RejectReason.ImageDamaged, $"{path} is not a string");
        long letters = index.Lengths[image] - index.Escapes[image];
        if (letters > Array.MaxLength)
            return new ImageLookup(path, -1, 0, RejectReason.ImageTooLarge, $"{path} has {letters} base64 letters");
        return letters == 0
            ? new ImageLookup(path, -1, 0, RejectReason.ImageEmpty, $"{path} has no bytes")
            : new ImageLookup(path, image, Base64Text.BytesOf(letters));
    }

    public override PooledBytes Read(string path, int entry, PooledBuffers buffers)
    {
        int length = checked((int)index.Lengths[entry]);
        byte[] text = ArrayPool<byte>.Shared.Rent(length + 2);
        try
        {
            // The quotes on both sides show whether the file is still the one that was indexed, and
            // make escapes readable.
            Span<byte> quoted = text.AsSpan(0, length + 2);
            bool isWhole = _handle.Value.ReadUntilFull(quoted, index.Offsets[entry] - 1) == quoted.Length;
            if (!isWhole || quoted[^1] != (byte)'"' || quoted[0] is not ((byte)'"' or (byte)','))
            {
                throw new RecordRejectedException(
                    RejectReason.ImageMissing, $"{path} is no longer where it was indexed");
            }

            Span<byte> letters = index.Escapes[entry] > 0 ? Unescape(quoted, path) : quoted[1..^1];
            return Decode(letters, path, buffers);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(text);
        }
    }

    /// <summary>Decodes base64 text, whose letters may be changed.</summary>
    /// <exception cref="RecordRejectedException">It is not base64, or empty.</exception>
    internal static PooledBytes Decode(Span<byte> letters, string path, PooledBuffers buffers)
    {
        PooledBytes image = Base64Text.TryDecode(letters, buffers)
            ?? throw new RecordRejectedException(RejectReason.ImageDamaged, $"{path} is not base64");
        return image.Length > 0
            ? image
            : throw new RecordRejectedException(RejectReason.ImageEmpty, $"{path} has no bytes");
    }

    private static Span<byte> Unescape(Span<byte> quoted, string path)
    {
        quoted[0] = (byte)'"';
        var json = new Utf8JsonReader(quoted);
        try
        {
            _ = json.Read();
            byte[] text = new byte[quoted.Length];
            return text.AsSpan(0, json.CopyString(text));
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new RecordRejectedException(RejectReason.ImageDamaged, $"{path} is not a JSON string");
        }
    }
}
