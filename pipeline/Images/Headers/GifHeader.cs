using System.Buffers.Binary;

namespace VisualChat.Pipeline.Images.Headers;

/// <summary>
/// The blocks of a GIF up to its first frame's data (GIF89a, sections 17 to 24).
/// </summary>
internal static class GifHeader
{
    private const int HeaderBytes = 13;
    private const int FrameHeaderBytes = 10;
    private const byte Extension = 0x21;
    private const byte Frame = 0x2C;
    private const byte Trailer = 0x3B;

    public static bool Begins(ReadOnlySpan<byte> encoded) =>
        encoded.StartsWith("GIF87a"u8) || encoded.StartsWith("GIF89a"u8);

    public static ImageHeader Check(ReadOnlySpan<byte> encoded)
    {
        ImageHeader header = ImageProbe.Sized("gif", ReadUInt16(encoded[6..]), ReadUInt16(encoded[8..]));
        int position = HeaderBytes + ColorTableBytes(encoded[10]);
        while (encoded[position] == Extension)
            position = SkipSubBlocks(encoded, position + 2);
        if (encoded[position] != Frame)
            throw ImageProbe.Damaged("GIF", "holds no frame");

        // Whether its data are all there is seen when they are decoded.
        return position + FrameHeaderBytes + ColorTableBytes(encoded[position + 9]) < encoded.Length
            ? header
            : throw ImageProbe.Damaged("GIF", "ends before its first frame");
    }

    /// <summary>
    /// A checked GIF with the end that some programs leave out: of the frame's data, and of the
    /// file. Costs a copy only where the file does not end as it should.
    /// </summary>
    public static ReadOnlySpan<byte> WithEnd(ReadOnlySpan<byte> encoded) =>
        encoded[^1] == Trailer ? encoded : (byte[])[.. encoded, 0, Trailer];

    private static int ColorTableBytes(int flags) => (flags & 0x80) != 0 ? 3 * (2 << (flags & 7)) : 0;

    private static int SkipSubBlocks(ReadOnlySpan<byte> encoded, int position)
    {
        while (encoded[position] != 0)
            position += 1 + encoded[position];
        return position + 1;
    }

    private static int ReadUInt16(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt16LittleEndian(bytes);
}
