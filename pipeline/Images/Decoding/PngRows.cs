using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using VisualChat.Pipeline.Images.Headers;

namespace VisualChat.Pipeline.Images.Decoding;

/// <summary>
/// A PNG's rows, inflated here and handed on as a PNG without compression. A decoder that inflates
/// takes half of a picture for a whole one; here missing rows are seen.
/// </summary>
/// <remarks>Costs, beside the inflating, a copy of the rows and their checksums.</remarks>
internal static class PngRows
{
    private const int BlockBytes = 1 << 16;

    /// <summary>Inflates a PNG.</summary>
    /// <returns>A PNG with the same rows, to be read from its beginning.</returns>
    /// <exception cref="UnusableImageException">Rows are missing or damaged.</exception>
    public static MemoryStream Inflated(PngColors colors)
    {
        var png = new MemoryStream((int)Math.Min(colors.RowBytes, 4L * colors.Data.Length) + BlockBytes);
        png.Write(colors.Beginning);
        int chunk = (int)png.Length;
        png.Write([0, 0, 0, 0, (byte)'I', (byte)'D', (byte)'A', (byte)'T']);
        using (var stored = new ZLibStream(png, CompressionLevel.NoCompression, leaveOpen: true))
            CheckedCopy(colors, stored);

        Span<byte> number = stackalloc byte[4];
        int dataBytes = (int)png.Length - chunk - 8;
        BinaryPrimitives.WriteInt32BigEndian(png.GetBuffer().AsSpan(chunk), dataBytes);
        uint checksum = Crc32.HashToUInt32(png.GetBuffer().AsSpan(chunk + 4, 4 + dataBytes));
        BinaryPrimitives.WriteUInt32BigEndian(number, checksum);
        png.Write(number);
        png.Write([0, 0, 0, 0, (byte)'I', (byte)'E', (byte)'N', (byte)'D', 0xAE, 0x42, 0x60, 0x82]);
        png.Position = 0;
        return png;
    }

    private static void CheckedCopy(PngColors colors, ZLibStream stored)
    {
        try
        {
            CopyRows(colors, stored);
        }
        catch (InvalidDataException)
        {
            throw ImageProbe.Damaged("PNG", "has image data that do not inflate");
        }
    }

    private static void CopyRows(PngColors colors, ZLibStream stored)
    {
        using var data = new MemoryStream(colors.Data, writable: false);
        using var inflated = new ZLibStream(data, CompressionMode.Decompress);
        byte[] block = new byte[BlockBytes];
        int read;
        for (long left = colors.RowBytes; left > 0; left -= read)
        {
            read = inflated.Read(block, 0, (int)Math.Min(left, block.Length));
            if (read == 0)
                throw ImageProbe.Damaged("PNG", "ends inside its image data: it was cut off");
            stored.Write(block, 0, read);
        }

        // The data's own checksum is compared where they end. More data than rows do no harm.
        _ = inflated.Read(block, 0, 1);
    }
}
