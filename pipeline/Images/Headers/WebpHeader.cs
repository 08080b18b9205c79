using System.Buffers.Binary;

namespace VisualChat.Pipeline.Images.Headers;

/// <summary>The chunks of a WebP (RFC 9649, section 2).</summary>
internal static class WebpHeader
{
    private const int RiffBytes = 12;

    /// <summary>A chunk's type and length.</summary>
    private const int ChunkHeaderBytes = 8;

    private const int ProfileFlag = 0x20;
    private const int ExifFlag = 0x08;
    private const int XmpFlag = 0x04;

    public static bool Begins(ReadOnlySpan<byte> encoded) =>
        encoded.Length >= RiffBytes && encoded.StartsWith("RIFF"u8) && encoded[8..].StartsWith("WEBP"u8);

    public static ImageHeader Check(ReadOnlySpan<byte> encoded)
    {
        uint riffBytes = BinaryPrimitives.ReadUInt32LittleEndian(encoded[4..]);
        (int width, int height) = SizeOf(encoded[RiffBytes..]);
        ImageHeader header = ImageProbe.Sized("webp", width, height);
        if (riffBytes + 8L > encoded.Length)
            throw ImageProbe.Damaged("WebP", "is shorter than its header says: it was cut off");
        return header with { Orientation = OrientationOf(encoded[..(int)(riffBytes + 8)]) };
    }

    /// <summary>
    /// A checked WebP with only the chunks that the colors of its first frame need. No decoder sees
    /// what else a file can hold: profiles, EXIF data, texts, further frames.
    /// </summary>
    public static byte[] FirstFrameOnly(ReadOnlySpan<byte> encoded)
    {
        var chunks = new MemoryStream(encoded.Length);
        int position = RiffBytes;
        bool hasFrame = false;
        while (!hasFrame && TryReadChunk(encoded, ref position, out ReadOnlySpan<byte> chunk))
        {
            hasFrame = chunk.StartsWith("VP8 "u8) || chunk.StartsWith("VP8L"u8) || chunk.StartsWith("ANMF"u8);
            if (hasFrame || chunk.StartsWith("VP8X"u8) || chunk.StartsWith("ALPH"u8) || chunk.StartsWith("ANIM"u8))
                chunks.Write(chunk);
        }

        byte[] webp = [.. encoded[..RiffBytes], .. chunks.GetBuffer().AsSpan(0, (int)chunks.Length)];

        // Chunks that are promised must be there.
        if (webp.AsSpan(RiffBytes).StartsWith("VP8X"u8))
            webp[RiffBytes + ChunkHeaderBytes] &= unchecked((byte)~(ProfileFlag | ExifFlag | XmpFlag));
        BinaryPrimitives.WriteInt32LittleEndian(webp.AsSpan(4), webp.Length - 8);
        return webp;
    }

    private static (int Width, int Height) SizeOf(ReadOnlySpan<byte> chunk)
    {
        ReadOnlySpan<byte> data = chunk[ChunkHeaderBytes..];
        if (chunk.StartsWith("VP8X"u8))
            return (1 + ReadUInt24(data[4..]), 1 + ReadUInt24(data[7..]));
        if (chunk.StartsWith("VP8L"u8) && data[0] == 0x2F)
        {
            uint bits = BinaryPrimitives.ReadUInt32LittleEndian(data[1..]);
            return (1 + (int)(bits & 0x3FFF), 1 + (int)((bits >> 14) & 0x3FFF));
        }

        if (chunk.StartsWith("VP8 "u8) && data[3..].StartsWith((ReadOnlySpan<byte>)[0x9D, 0x01, 0x2A]))
        {
            int width = BinaryPrimitives.ReadUInt16LittleEndian(data[6..]) & 0x3FFF;
            return (width, BinaryPrimitives.ReadUInt16LittleEndian(data[8..]) & 0x3FFF);
        }

        throw ImageProbe.Damaged("WebP", "begins with no known chunk");
    }

    private static int OrientationOf(ReadOnlySpan<byte> encoded)
    {
        int position = RiffBytes;
        while (TryReadChunk(encoded, ref position, out ReadOnlySpan<byte> chunk))
        {
            if (chunk.StartsWith("EXIF"u8))
                return ExifOrientation.Read(chunk[ChunkHeaderBytes..]);
        }

        return 1;
    }

    private static bool TryReadChunk(ReadOnlySpan<byte> encoded, ref int position, out ReadOnlySpan<byte> chunk)
    {
        chunk = default;
        if (position + ChunkHeaderBytes > encoded.Length)
            return false;
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(encoded[(position + 4)..]);
        long end = position + ChunkHeaderBytes + (long)length;
        end += end % 2;
        chunk = encoded[position..(int)Math.Min(end, encoded.Length)];
        position += chunk.Length;
        return true;
    }

    private static int ReadUInt24(ReadOnlySpan<byte> bytes) => bytes[0] | (bytes[1] << 8) | (bytes[2] << 16);
}
