using System.Buffers.Binary;

namespace VisualChat.Pipeline.Images.Headers;

/// <summary>The two headers of a BMP.</summary>
internal static class BmpHeader
{
    /// <summary>Bytes of the oldest second header, OS/2's; its sizes have 16 bits.</summary>
    private const uint OldHeaderBytes = 12;

    public static bool Begins(ReadOnlySpan<byte> encoded) => encoded.Length >= 26 && encoded.StartsWith("BM"u8);

    public static ImageHeader Check(ReadOnlySpan<byte> encoded)
    {
        uint dataOffset = BinaryPrimitives.ReadUInt32LittleEndian(encoded[10..]);
        uint headerBytes = BinaryPrimitives.ReadUInt32LittleEndian(encoded[14..]);
        bool isOld = headerBytes == OldHeaderBytes;
        if (!isOld && headerBytes is < 40 or > 256)
        {
            throw new UnusableImageException(
                ImageProblem.NotAnImage,
                "the bytes begin like a BMP but have no BMP header");
        }

        long width = isOld ? ReadUInt16(encoded[18..]) : BinaryPrimitives.ReadInt32LittleEndian(encoded[18..]);

        // A negative height means rows from the top down.
        long height = isOld
            ? ReadUInt16(encoded[20..])
            : Math.Abs((long)BinaryPrimitives.ReadInt32LittleEndian(encoded[22..]));
        ImageHeader header = ImageProbe.Sized("bmp", width, height);
        int bits = ReadUInt16(encoded[(isOld ? 24 : 28)..]);
        bool isPlain = isOld || BinaryPrimitives.ReadUInt32LittleEndian(encoded[30..]) is 0 or 3;
        long rowBytes = ((width * bits) + 31) / 32 * 4;
        long lastRowBytes = ((width * bits) + 7) / 8;
        return !isPlain || dataOffset + (rowBytes * (height - 1)) + lastRowBytes <= encoded.Length
            ? header
            : throw ImageProbe.Damaged("BMP", "is shorter than its header says: it was cut off");
    }

    /// <summary>
    /// A checked BMP, whose last row is padded like the others: some programs leave that out. Costs
    /// a copy only where bytes are missing.
    /// </summary>
    public static ReadOnlySpan<byte> WithLastPadding(ReadOnlySpan<byte> encoded)
    {
        uint fileBytes = BinaryPrimitives.ReadUInt32LittleEndian(encoded[2..]);
        long missing = fileBytes - (long)encoded.Length;
        return missing is > 0 and < 4 ? (byte[])[.. encoded, .. new byte[missing]] : encoded;
    }

    private static int ReadUInt16(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt16LittleEndian(bytes);
}
