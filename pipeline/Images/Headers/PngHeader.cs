using System.Buffers.Binary;

namespace VisualChat.Pipeline.Images.Headers;

/// <summary>The chunks of a PNG (PNG specification, section 5).</summary>
internal static class PngHeader
{
    private const int SignatureBytes = 8;

    /// <summary>A chunk's length, type and checksum.</summary>
    private const int ChunkFrameBytes = 12;

    /// <summary>Where the first chunk, IHDR, has the bits of a sample.</summary>
    private const int BitDepthOffset = 24;

    /// <summary>How many bytes deflate can make of one.</summary>
    private const int MaxDeflation = 1032;

    public static bool Begins(ReadOnlySpan<byte> encoded) =>
        encoded.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);

    public static bool Has16Bits(ReadOnlySpan<byte> encoded) => encoded[BitDepthOffset] == 16;

    public static ImageHeader Check(ReadOnlySpan<byte> encoded)
    {
        if (!encoded[12..].StartsWith("IHDR"u8))
            throw ImageProbe.Damaged("PNG", "does not begin with its header");
        long width = BinaryPrimitives.ReadUInt32BigEndian(encoded[16..]);
        long height = BinaryPrimitives.ReadUInt32BigEndian(encoded[20..]);
        ImageHeader header = ImageProbe.Sized("png", width, height);
        long dataBytes = 0;
        int position = SignatureBytes;
        while (true)
        {
            ReadOnlySpan<byte> chunk = ChunkAt(encoded, ref position);
            ReadOnlySpan<byte> type = chunk.Slice(4, 4);
            if (type.SequenceEqual("eXIf"u8))
                header = header with { Orientation = ExifOrientation.Read(chunk[8..^4]) };
            else if (type.SequenceEqual("IDAT"u8))
                dataBytes += chunk.Length - ChunkFrameBytes;
            else if (type.SequenceEqual("IEND"u8))
                return WithEnoughData(header, BitsPerPixel(encoded), dataBytes);
        }
    }

    /// <summary>
    /// A checked PNG with only the chunks that its colors need. No decoder sees what else a file
    /// can hold: compressed texts and profiles, further frames, transparency.
    /// </summary>
    public static byte[] ColorsOnly(ReadOnlySpan<byte> encoded)
    {
        var png = new MemoryStream(encoded.Length);
        png.Write(encoded[..SignatureBytes]);
        int position = SignatureBytes;
        while (true)
        {
            ReadOnlySpan<byte> chunk = ChunkAt(encoded, ref position);
            ReadOnlySpan<byte> type = chunk.Slice(4, 4);
            bool isEnd = type.SequenceEqual("IEND"u8);
            if (isEnd || type.SequenceEqual("IHDR"u8) || type.SequenceEqual("PLTE"u8) || type.SequenceEqual("IDAT"u8))
                png.Write(chunk);
            if (isEnd)
                return png.ToArray();
        }
    }

    private static ImageHeader WithEnoughData(ImageHeader header, int bitsPerPixel, long dataBytes)
    {
        if (dataBytes == 0)
            throw ImageProbe.Damaged("PNG", "holds no image data");

        // A small file that claims a large picture is refused before time and memory go into it.
        long pixelBytes = (long)header.Width * header.Height * bitsPerPixel / 8;
        return pixelBytes <= MaxDeflation * dataBytes
            ? header
            : throw ImageProbe.Damaged("PNG", $"is too short for its {header.Width} x {header.Height} pixels");
    }

    private static int BitsPerPixel(ReadOnlySpan<byte> encoded)
    {
        // The color types: gray, RGB, palette, gray with alpha, RGB with alpha.
        int samples = encoded[BitDepthOffset + 1] switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };
        return samples * encoded[BitDepthOffset];
    }

    private static ReadOnlySpan<byte> ChunkAt(ReadOnlySpan<byte> encoded, ref int position)
    {
        ReadOnlySpan<byte> rest = encoded[position..];
        if (rest.Length < ChunkFrameBytes)
            throw ImageProbe.Damaged("PNG", "has no end chunk: it was cut off");

        // Programs take an end chunk whatever it says of its length.
        bool isEnd = rest[4..].StartsWith("IEND"u8);
        long length = isEnd ? ChunkFrameBytes : ChunkFrameBytes + (long)BinaryPrimitives.ReadUInt32BigEndian(rest);
        if (length > rest.Length)
            throw ImageProbe.Damaged("PNG", "ends inside a chunk");
        position += (int)length;
        return rest[..(int)length];
    }
}
