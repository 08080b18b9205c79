using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Images;

/// <summary>
/// The first frame of a GIF (CompuServe, GIF89a) in its palette's colours. Libraries paint what is transparent black or leave it out;
/// Pillow's <c>convert("RGB")</c> gives it the colour it has in the palette, and so does this.
/// </summary>
internal static class GifImage
{
    private const int MaxCodes = 4096;

    /// <summary>Decodes the first frame.</summary>
    /// <param name="gif">A file that <see cref="ImageProbe"/> accepts: its blocks are there.</param>
    /// <param name="header">Its size.</param>
    /// <exception cref="RecordRejectedException">The frame is damaged, or lies outside the image.</exception>
    public static RgbxImage Decode(ReadOnlySpan<byte> gif, ImageHeader header)
    {
        ReadOnlySpan<byte> palette = ColourTable(gif, 10, 13);
        int position = 13 + palette.Length;
        int background = 0;
        while (gif[position] == 0x21)
        {
            // A graphic control block names the transparent colour, which is also what lies around the frame.
            if (gif[position + 1] == 0xF9 && gif[position + 2] >= 4 && (gif[position + 3] & 1) != 0)
                background = gif[position + 6];
            position += 2;
            while (gif[position] != 0)
                position += 1 + gif[position];
            position++;
        }

        ReadOnlySpan<byte> frame = gif.Slice(position + 1, 9);
        int left = frame[0] | (frame[1] << 8);
        int top = frame[2] | (frame[3] << 8);
        int width = frame[4] | (frame[5] << 8);
        int height = frame[6] | (frame[7] << 8);
        if (left + width > header.Width || top + height > header.Height)
            throw new RecordRejectedException(RejectReason.ImageDamaged, "the GIF's first frame lies outside the image");
        ReadOnlySpan<byte> own = ColourTable(gif, position + 9, position + 10);
        if (own.Length > 0)
            palette = own;
        byte[] indices = new byte[width * height];
        Decompress(gif[(position + 10 + own.Length)..], indices);

        Span<byte> colours = stackalloc byte[4 * 256];
        for (int i = 0; i < 256; i++)
        {
            for (int channel = 0; channel < 3; channel++)
                colours[(4 * i) + channel] = palette.IsEmpty ? (byte)i : (3 * i) + channel < palette.Length ? palette[(3 * i) + channel] : (byte)0;
        }

        var image = new RgbxImage(header.Width, header.Height);
        Span<byte> pixels = image.Pixels;
        for (int i = 0; i < pixels.Length; i += 4)
            colours.Slice(4 * background, 4).CopyTo(pixels[i..]);
        bool isInterlaced = (frame[8] & 0x40) != 0;
        for (int row = 0; row < height; row++)
        {
            Span<byte> line = pixels[(4 * (((top + (isInterlaced ? Interlaced(row, height) : row)) * header.Width) + left))..];
            for (int x = 0; x < width; x++)
                colours.Slice(4 * indices[(row * width) + x], 4).CopyTo(line[(4 * x)..]);
        }

        return image;
    }

    private static ReadOnlySpan<byte> ColourTable(ReadOnlySpan<byte> gif, int flags, int start) =>
        (gif[flags] & 0x80) != 0 ? gif.Slice(start, 3 * (2 << (gif[flags] & 7))) : default;

    /// <summary>Every eighth row, the eighths between, the quarters, the halves.</summary>
    private static int Interlaced(int row, int height)
    {
        int eighths = (height + 7) / 8;
        int between = (height + 3) / 8;
        int quarters = (height + 1) / 4;
        return row < eighths ? 8 * row
            : row < eighths + between ? (8 * (row - eighths)) + 4
            : row < eighths + between + quarters ? (4 * (row - eighths - between)) + 2
            : (2 * (row - eighths - between - quarters)) + 1;
    }

    private static void Decompress(ReadOnlySpan<byte> data, Span<byte> indices)
    {
        int rootBits = data[0];
        if (rootBits is < 1 or > 8)
            throw Damaged();
        int clear = 1 << rootBits;
        Span<ushort> prefixes = stackalloc ushort[MaxCodes];
        Span<byte> suffixes = stackalloc byte[MaxCodes];
        Span<byte> stack = stackalloc byte[MaxCodes + 1];
        int next = clear + 2, bits = rootBits + 1, previous = -1, word = 0, count = 0, written = 0;
        byte first = 0;
        int position = 1;
        int blockEnd = position;
        while (written < indices.Length)
        {
            while (count < bits)
            {
                if (position == blockEnd)
                {
                    if (data[position] == 0)
                        throw Damaged();
                    blockEnd = position + 1 + data[position];
                    position++;
                }

                word |= data[position++] << count;
                count += 8;
            }

            int code = word & ((1 << bits) - 1);
            word >>= bits;
            count -= bits;
            if (code == clear)
            {
                (next, bits, previous) = (clear + 2, rootBits + 1, -1);
                continue;
            }

            if (code == clear + 1 || code > next || (previous < 0 && code >= clear))
                throw Damaged();
            int depth = 0;
            int walk = code;
            if (code == next)
            {
                stack[depth++] = first;
                walk = previous;
            }

            for (; walk >= clear; walk = prefixes[walk])
                stack[depth++] = suffixes[walk];
            first = (byte)walk;
            stack[depth++] = first;
            if (previous >= 0 && next < MaxCodes)
            {
                prefixes[next] = (ushort)previous;
                suffixes[next] = first;
                next++;
                if (next == 1 << bits && bits < 12)
                    bits++;
            }

            previous = code;
            while (depth > 0 && written < indices.Length)
                indices[written++] = stack[--depth];
        }
    }

    private static RecordRejectedException Damaged() => new(RejectReason.ImageDamaged, "the GIF's first frame does not decompress or is not complete");
}
