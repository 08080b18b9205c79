using System.Buffers;
using System.Buffers.Binary;
using System.IO.Hashing;

namespace VisualChat.Pipeline.Images.Headers;

/// <summary>The chunks of a PNG (PNG specification, section 5).</summary>
internal static class PngHeader
{
    private const int SignatureBytes = 8;

    /// <summary>A chunk's length, type and checksum.</summary>
    private const int ChunkFrameBytes = 12;

    /// <summary>Where the first chunk, IHDR, has the bits of a sample.</summary>
    private const int BitDepthOffset = 24;

    /// <summary>Where it says whether rows come in passes.</summary>
    private const int InterlaceOffset = 28;

    /// <summary>How many bytes deflate can make of one.</summary>
    private const int MaxDeflation = 1032;

    private static readonly SearchValues<byte> ChunkLetters = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"u8);

    public static bool Begins(ReadOnlySpan<byte> encoded) =>
        encoded.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);

    /// <summary>
    /// Checks what Pillow checks: every chunk before the image data with its checksum; in the data
    /// and after them, that no chunk but the end chunk is cut off. Whether the data are whole is
    /// seen when they are decoded.
    /// </summary>
    public static ImageHeader Check(ReadOnlySpan<byte> encoded)
    {
        if (!encoded[12..].StartsWith("IHDR"u8))
            throw ImageProbe.Damaged("PNG", "does not begin with its header");
        long width = BinaryPrimitives.ReadUInt32BigEndian(encoded[16..]);
        long height = BinaryPrimitives.ReadUInt32BigEndian(encoded[20..]);
        ImageHeader header = ImageProbe.Sized("png", width, height);
        long dataBytes = 0;
        bool isAnimated = false;
        int position = SignatureBytes;
        while (NextChunk(encoded, ref position, isBeforeData: dataBytes == 0, out ReadOnlySpan<byte> chunk))
        {
            ReadOnlySpan<byte> type = chunk.Slice(4, 4);

            // What follows the first frame of an animation is not looked at.
            isAnimated |= type.SequenceEqual("acTL"u8);
            if (isAnimated && dataBytes > 0 && type.SequenceEqual("fcTL"u8))
                break;
            if (type.SequenceEqual("eXIf"u8))
                header = header with { Orientation = ExifOrientation.Read(chunk[8..^4]) };
            else if (type.SequenceEqual("IDAT"u8))
                dataBytes += chunk.Length - ChunkFrameBytes;
        }

        return WithEnoughData(header, BitsPerPixel(encoded), dataBytes);
    }

    /// <summary>
    /// What the colors of a checked PNG need. No decoder sees what else a file can hold: compressed
    /// texts and profiles, further frames, transparency.
    /// </summary>
    public static PngColors ColorsOnly(ReadOnlySpan<byte> encoded)
    {
        var beginning = new MemoryStream();
        var data = new MemoryStream(encoded.Length);
        beginning.Write(encoded[..SignatureBytes]);
        int position = SignatureBytes;
        bool isBeforeData = true;
        while (NextChunk(encoded, ref position, isBeforeData, out ReadOnlySpan<byte> chunk))
        {
            ReadOnlySpan<byte> type = chunk.Slice(4, 4);
            bool isData = type.SequenceEqual("IDAT"u8);

            // Data that another chunk interrupts end there.
            if (!isData && !isBeforeData)
                break;
            isBeforeData = !isData;
            if (isData)
                data.Write(chunk[8..^4]);
            else if (type.SequenceEqual("IHDR"u8) || type.SequenceEqual("PLTE"u8))
                beginning.Write(chunk);
        }

        long rowBytes = RowBytes(encoded);
        return new PngColors(beginning.ToArray(), data.ToArray(), rowBytes, encoded[BitDepthOffset] == 16);
    }

    private static ImageHeader WithEnoughData(ImageHeader header, int bitsPerPixel, long dataBytes)
    {
        if (dataBytes == 0)
            throw ImageProbe.Damaged("PNG", "holds no image data");

        // A small file that claims a large picture is refused before time and memory go into it.
        long pixels = (long)header.Width * header.Height;
        return pixels <= ImageProbe.PlainPixels || pixels * bitsPerPixel / 8 <= MaxDeflation * dataBytes
            ? header
            : throw ImageProbe.Damaged("PNG", $"is too short for its {header.Width} x {header.Height} pixels");
    }

    private static int BitsPerPixel(ReadOnlySpan<byte> encoded)
    {
        // The color types: gray, RGB, palette, gray with alpha, RGB with alpha.
        int samples = encoded[BitDepthOffset + 1] switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };
        return samples * encoded[BitDepthOffset];
    }

    /// <summary>Bytes of all rows of all passes, with a filter byte each.</summary>
    private static long RowBytes(ReadOnlySpan<byte> encoded)
    {
        long width = BinaryPrimitives.ReadUInt32BigEndian(encoded[16..]);
        long height = BinaryPrimitives.ReadUInt32BigEndian(encoded[20..]);
        int bits = BitsPerPixel(encoded);
        if (encoded[InterlaceOffset] == 0)
            return BytesOf(width, height);

        // Adam7: where each pass begins and how far its pixels are apart.
        ReadOnlySpan<(int X, int Y, int StepX, int StepY)> passes =
            [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];
        long bytes = 0;
        foreach ((int x, int y, int stepX, int stepY) in passes)
            bytes += BytesOf((width - x + stepX - 1) / stepX, (height - y + stepY - 1) / stepY);
        return bytes;

        long BytesOf(long columns, long rows) => columns <= 0 ? 0 : rows * (1 + (((columns * bits) + 7) / 8));
    }

    /// <summary>Takes the next chunk.</summary>
    /// <returns>
    /// False: the end chunk, or the end of the file, or what is no chunk after the data.
    /// </returns>
    private static bool NextChunk(
        ReadOnlySpan<byte> encoded, ref int position, bool isBeforeData, out ReadOnlySpan<byte> chunk)
    {
        chunk = default;
        ReadOnlySpan<byte> rest = encoded[position..];
        if (rest.Length < 8)
            return isBeforeData ? throw ImageProbe.Damaged("PNG", "ends before its image data") : false;
        ReadOnlySpan<byte> type = rest.Slice(4, 4);
        if (type.SequenceEqual("IEND"u8))
            return false;
        long length = ChunkFrameBytes + (long)BinaryPrimitives.ReadUInt32BigEndian(rest);
        bool isData = type.SequenceEqual("IDAT"u8);
        if (type.ContainsAnyExcept(ChunkLetters))
            return isBeforeData ? throw ImageProbe.Damaged("PNG", "has a chunk without a name") : false;

        // Image data may stop with the file: rows that are there are whole.
        if (length > rest.Length && !isData)
            throw ImageProbe.Damaged("PNG", "ends inside a chunk");
        if (length > rest.Length)
        {
            position = encoded.Length;
            chunk = (byte[])[.. rest, .. new byte[Math.Min(4, length - rest.Length)]];
            return true;
        }

        chunk = rest[..(int)length];
        position += (int)length;
        if (!isBeforeData || isData)
            return true;
        return Crc32.HashToUInt32(chunk[4..^4]) == BinaryPrimitives.ReadUInt32BigEndian(chunk[^4..])
            ? true
            : throw ImageProbe.Damaged("PNG", "has a wrong checksum before its image data");
    }
}
