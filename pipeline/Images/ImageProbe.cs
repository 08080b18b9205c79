using System.Buffers.Binary;

namespace VisualChat.Pipeline.Images;

/// <summary>
/// Looks at an encoded image without decoding it: what it is, how large, and whether its end is there. Hops from header to header, so it
/// costs microseconds and no memory whatever the image claims to be.
/// </summary>
public static class ImageProbe
{
    /// <summary>Pixels beyond which an image is refused: Pillow's limit for decompression bombs, 2 x 1024³ / 4 / 3.</summary>
    public const long MaxPixels = 178_956_970;

    /// <summary>Columns or rows beyond which an image is refused: what JPEG can say.</summary>
    public const int MaxSide = 65_535;

    /// <summary>Checks an encoded image.</summary>
    /// <param name="encoded">The whole file.</param>
    /// <returns>Its format and stored size.</returns>
    /// <exception cref="UnusableImageException">
    /// It is empty (<see cref="ImageProblem.Empty"/>), of no known format (<see cref="ImageProblem.NotAnImage"/>), larger than
    /// <see cref="MaxPixels"/> or <see cref="MaxSide"/> (<see cref="ImageProblem.TooLarge"/>), or its structure is broken or cut off
    /// (<see cref="ImageProblem.Damaged"/>).
    /// </exception>
    public static ImageHeader Check(ReadOnlySpan<byte> encoded)
    {
        if (encoded.IsEmpty)
            throw new UnusableImageException(ImageProblem.Empty, "the image has no bytes");
        try
        {
            return CheckFormat(encoded);
        }
        catch (Exception exception) when (exception is ArgumentOutOfRangeException or IndexOutOfRangeException)
        {
            // Slicing is the bounds check of all the parsers below.
            throw Damaged("image", "ends inside its header");
        }
    }

    private static ImageHeader CheckFormat(ReadOnlySpan<byte> encoded)
    {
        if (encoded.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]))
            return CheckJpeg(encoded);
        if (encoded.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]))
            return CheckPng(encoded);
        if (encoded.StartsWith("GIF87a"u8) || encoded.StartsWith("GIF89a"u8))
            return CheckGif(encoded);
        if (encoded.StartsWith("RIFF"u8) && encoded.Length >= 12 && encoded[8..].StartsWith("WEBP"u8))
            return CheckWebp(encoded);
        if (encoded.StartsWith("BM"u8) && encoded.Length >= 26)
            return CheckBmp(encoded);
        if (encoded.StartsWith("II*\0"u8) || encoded.StartsWith("MM\0*"u8))
            return CheckTiff(encoded);
        if (PpmImage.IsPpm(encoded))
            return Sized("ppm", PpmImage.ReadHeader(encoded));
        throw new UnusableImageException(ImageProblem.NotAnImage, "the bytes are no JPEG, PNG, GIF, WebP, BMP, TIFF or PPM");
    }

    private static ImageHeader CheckJpeg(ReadOnlySpan<byte> encoded)
    {
        JpegHeader jpeg = JpegHeader.Read(encoded);
        ImageHeader header = Sized("jpeg", (jpeg.Width, jpeg.Height));

        // 0xFF is stuffed inside a scan, so this is the marker; the search starts at the end, where it should be.
        if (encoded[jpeg.ScanOffset..].LastIndexOf((ReadOnlySpan<byte>)[0xFF, 0xD9]) < 0)
            throw Damaged("JPEG", "has no end marker: it was cut off");

        // A block takes at least two bits: a small file that claims a large picture is refused before time and memory go into it.
        long blocks = ((header.Width + 7L) / 8) * ((header.Height + 7L) / 8);
        if (jpeg.IsSequential && 2 * blocks > 8L * (encoded.Length - jpeg.ScanOffset))
            throw Damaged("JPEG", $"is too short for its {header.Width} x {header.Height} pixels");
        return header;
    }

    private static ImageHeader CheckPng(ReadOnlySpan<byte> encoded)
    {
        if (!encoded[12..].StartsWith("IHDR"u8))
            throw Damaged("PNG", "does not begin with its header");
        ImageHeader header = Sized("png", ReadSize(encoded[16..], little: false));
        bool hasData = false;
        long position = 8;
        while (true)
        {
            ReadOnlySpan<byte> chunk = encoded[checked((int)position)..];
            if (chunk.Length < 12)
                throw Damaged("PNG", "has no end chunk: it was cut off");
            hasData |= chunk[4..].StartsWith("IDAT"u8);
            if (chunk[4..].StartsWith("IEND"u8))
                return hasData ? header : throw Damaged("PNG", "holds no image data");
            position += 12L + BinaryPrimitives.ReadUInt32BigEndian(chunk);
            if (position > encoded.Length)
                throw Damaged("PNG", "ends inside a chunk");
        }
    }

    private static ImageHeader CheckGif(ReadOnlySpan<byte> encoded)
    {
        int width = BinaryPrimitives.ReadUInt16LittleEndian(encoded[6..]);
        int height = BinaryPrimitives.ReadUInt16LittleEndian(encoded[8..]);
        ImageHeader header = Sized("gif", (width, height));
        int position = 13 + ColourTableBytes(encoded[10]);
        while (true)
        {
            switch (encoded[position])
            {
                case 0x21:
                    position = SkipSubBlocks(encoded, position + 2);
                    break;
                case 0x2C:
                    _ = SkipSubBlocks(encoded, position + 11 + ColourTableBytes(encoded[position + 9]));
                    return header;
                default:
                    throw Damaged("GIF", "holds no frame");
            }
        }

        static int ColourTableBytes(int flags) => (flags & 0x80) != 0 ? 3 * (2 << (flags & 7)) : 0;

        static int SkipSubBlocks(ReadOnlySpan<byte> encoded, int position)
        {
            while (encoded[position] != 0)
                position += 1 + encoded[position];
            return position + 1;
        }
    }

    private static ImageHeader CheckWebp(ReadOnlySpan<byte> encoded)
    {
        uint riffBytes = BinaryPrimitives.ReadUInt32LittleEndian(encoded[4..]);
        ReadOnlySpan<byte> chunk = encoded[12..];
        ReadOnlySpan<byte> data = chunk[8..];
        ImageHeader header;
        if (chunk.StartsWith("VP8X"u8))
            header = Sized("webp", (1 + ReadUInt24(data[4..]), 1 + ReadUInt24(data[7..])));
        else if (chunk.StartsWith("VP8L"u8) && data[0] == 0x2F)
        {
            uint bits = BinaryPrimitives.ReadUInt32LittleEndian(data[1..]);
            header = Sized("webp", (1 + (bits & 0x3FFF), 1 + ((bits >> 14) & 0x3FFF)));
        }
        else if (chunk.StartsWith("VP8 "u8) && data[3..].StartsWith((ReadOnlySpan<byte>)[0x9D, 0x01, 0x2A]))
            header = Sized("webp", (BinaryPrimitives.ReadUInt16LittleEndian(data[6..]) & 0x3FFF, BinaryPrimitives.ReadUInt16LittleEndian(data[8..]) & 0x3FFF));
        else
            throw Damaged("WebP", "begins with no known chunk");
        return riffBytes + 8L <= encoded.Length ? header : throw Damaged("WebP", "is shorter than its header says: it was cut off");

        static int ReadUInt24(ReadOnlySpan<byte> bytes) => bytes[0] | (bytes[1] << 8) | (bytes[2] << 16);
    }

    private static ImageHeader CheckBmp(ReadOnlySpan<byte> encoded)
    {
        uint dataOffset = BinaryPrimitives.ReadUInt32LittleEndian(encoded[10..]);
        uint headerBytes = BinaryPrimitives.ReadUInt32LittleEndian(encoded[14..]);
        bool isOld = headerBytes == 12;
        if (!isOld && headerBytes is < 40 or > 256)
            throw new UnusableImageException(ImageProblem.NotAnImage, "the bytes begin like a BMP but have no BMP header");
        (long width, long height) = isOld
            ? (BinaryPrimitives.ReadUInt16LittleEndian(encoded[18..]), BinaryPrimitives.ReadUInt16LittleEndian(encoded[20..]))
            : (BinaryPrimitives.ReadInt32LittleEndian(encoded[18..]), Math.Abs((long)BinaryPrimitives.ReadInt32LittleEndian(encoded[22..])));
        ImageHeader header = Sized("bmp", (width, height));
        int bits = BinaryPrimitives.ReadUInt16LittleEndian(encoded[(isOld ? 24 : 28)..]);
        bool isPlain = isOld || BinaryPrimitives.ReadUInt32LittleEndian(encoded[30..]) is 0 or 3;
        long rowBytes = ((width * bits) + 31) / 32 * 4;
        return !isPlain || dataOffset + (rowBytes * height) <= encoded.Length ? header : throw Damaged("BMP", "is shorter than its header says: it was cut off");
    }

    private static ImageHeader CheckTiff(ReadOnlySpan<byte> encoded)
    {
        bool little = encoded[0] == 'I';
        ReadOnlySpan<byte> directory = encoded[checked((int)Math.Min(int.MaxValue, ReadUInt32(encoded[4..], little)))..];
        int entries = ReadUInt16(directory, little);
        long width = 0;
        long height = 0;
        ReadOnlySpan<byte> offsets = default;
        ReadOnlySpan<byte> counts = default;
        for (int i = 0; i < entries; i++)
        {
            ReadOnlySpan<byte> entry = directory.Slice(2 + (12 * i), 12);
            switch (ReadUInt16(entry, little))
            {
                case 256:
                    width = ReadValue(entry[2..], entry[8..], 0, little);
                    break;
                case 257:
                    height = ReadValue(entry[2..], entry[8..], 0, little);
                    break;
                case 273 or 324:
                    offsets = entry[2..];
                    break;
                case 279 or 325:
                    counts = entry[2..];
                    break;
            }
        }

        ImageHeader header = Sized("tiff", (width, height));
        if (offsets.IsEmpty)
            throw Damaged("TIFF", "holds no image data");
        if (counts.IsEmpty)
            return header;
        long parts = Math.Min(ReadUInt32(offsets[2..], little), ReadUInt32(counts[2..], little));
        ReadOnlySpan<byte> offsetValues = ValuesOf(encoded, offsets, little);
        ReadOnlySpan<byte> countValues = ValuesOf(encoded, counts, little);
        for (int i = 0; i < parts; i++)
        {
            if ((long)ReadValue(offsets, offsetValues, i, little) + ReadValue(counts, countValues, i, little) > encoded.Length)
                throw Damaged("TIFF", "ends before its image data");
        }

        return header;

        static ReadOnlySpan<byte> ValuesOf(ReadOnlySpan<byte> encoded, ReadOnlySpan<byte> field, bool little)
        {
            long bytes = (ReadUInt16(field, little) == 3 ? 2L : 4L) * ReadUInt32(field[2..], little);
            return bytes <= 4 ? field[6..] : encoded[checked((int)Math.Min(int.MaxValue, ReadUInt32(field[6..], little)))..];
        }

        static uint ReadValue(ReadOnlySpan<byte> field, ReadOnlySpan<byte> values, int index, bool little) =>
            ReadUInt16(field, little) == 3 ? (uint)ReadUInt16(values[(2 * index)..], little) : ReadUInt32(values[(4 * index)..], little);
    }

    private static ImageHeader Sized(string format, (long Width, long Height) size)
    {
        if (size.Width <= 0 || size.Height <= 0)
            throw Damaged(format, "has no pixels");
        if (size.Width > MaxSide || size.Height > MaxSide || size.Width * size.Height > MaxPixels)
        {
            throw new UnusableImageException(
                ImageProblem.TooLarge, $"{size.Width} x {size.Height} pixels; at most {MaxPixels} and {MaxSide} on a side are decoded");
        }

        return new ImageHeader(format, (int)size.Width, (int)size.Height);
    }

    private static (long Width, long Height) ReadSize(ReadOnlySpan<byte> bytes, bool little) => (ReadUInt32(bytes, little), ReadUInt32(bytes[4..], little));

    private static int ReadUInt16(ReadOnlySpan<byte> bytes, bool little) =>
        little ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16BigEndian(bytes);

    private static uint ReadUInt32(ReadOnlySpan<byte> bytes, bool little) =>
        little ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : BinaryPrimitives.ReadUInt32BigEndian(bytes);

    private static UnusableImageException Damaged(string format, string what) => new(ImageProblem.Damaged, $"the {format} {what}");
}
