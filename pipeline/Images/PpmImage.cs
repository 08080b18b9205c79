
namespace VisualChat.Pipeline.Images;

/// <summary>Binary PPM with 8 bits a sample (netpbm's P6): a short header, then the pixels as they are.</summary>
internal static class PpmImage
{
    /// <summary>Whether the bytes begin like one.</summary>
    public static bool IsPpm(ReadOnlySpan<byte> encoded) => encoded.Length > 2 && encoded.StartsWith("P6"u8) && encoded[2] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t';

    /// <summary>Reads the size and checks that every pixel is there.</summary>
    /// <exception cref="UnusableImageException">The header is wrong, or pixels are missing.</exception>
    public static (long Width, long Height) ReadHeader(ReadOnlySpan<byte> encoded)
    {
        (int width, int height, int offset) = Parse(encoded);
        return encoded.Length - offset >= 3L * width * height
            ? (width, height)
            : throw new UnusableImageException(ImageProblem.Damaged, "the PPM is shorter than its header says: it was cut off");
    }

    /// <summary>The pixels.</summary>
    /// <returns>[height, width, 3]</returns>
    public static ReadOnlySpan<byte> PixelsOf(ReadOnlySpan<byte> encoded)
    {
        (int width, int height, int offset) = Parse(encoded);
        return encoded.Slice(offset, 3 * width * height);
    }

    /// <summary>The whole image, for resizing.</summary>
    public static RgbxImage Decode(ReadOnlySpan<byte> encoded, ImageHeader header)
    {
        ReadOnlySpan<byte> rgb = PixelsOf(encoded);
        var image = new RgbxImage(header.Width, header.Height);
        Span<byte> pixels = image.Pixels;
        for (int from = 0, to = 0; from < rgb.Length; from += 3, to += 4)
            rgb.Slice(from, 3).CopyTo(pixels[to..]);
        return image;
    }

    /// <summary>Bytes of a square image.</summary>
    /// <param name="size">Columns and rows.</param>
    public static int LengthOf(int size) => HeaderOf(size).Length + (3 * size * size);

    /// <summary>Begins a square image, its pixels to be written by the caller: nothing is copied.</summary>
    /// <param name="ppm">The whole image's <see cref="LengthOf"/> bytes.</param>
    /// <param name="size">Columns and rows.</param>
    /// <returns>[size, size, 3] Where its pixels go.</returns>
    public static Span<byte> Begin(Span<byte> ppm, int size)
    {
        ReadOnlySpan<byte> header = HeaderOf(size);
        header.CopyTo(ppm);
        return ppm[header.Length..];
    }

    private static byte[] HeaderOf(int size) => System.Text.Encoding.ASCII.GetBytes($"P6\n{size} {size}\n255\n");

    private static (int Width, int Height, int Offset) Parse(ReadOnlySpan<byte> encoded)
    {
        int position = 2;
        Span<int> numbers = stackalloc int[3];
        foreach (ref int number in numbers)
        {
            bool comment = false;
            while (comment || encoded[position] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t' or (byte)'#')
            {
                comment = encoded[position] == '#' || (comment && encoded[position] != '\n');
                position++;
            }

            int start = position;
            while (encoded[position] is >= (byte)'0' and <= (byte)'9' && position - start < 9)
                number = (10 * number) + encoded[position++] - '0';
        }

        return numbers[2] == 255
            ? (numbers[0], numbers[1], position + 1)
            : throw new UnusableImageException(ImageProblem.NotAnImage, "the PPM has no 8-bit samples");
    }
}
