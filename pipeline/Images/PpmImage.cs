using System.Buffers;
using System.Text;
using VisualChat.Pipeline.Images.Decoding;

namespace VisualChat.Pipeline.Images;

/// <summary>
/// Binary PPM with 8 bits a sample (netpbm's P6): a short header, then the pixels as they are.
/// </summary>
internal static class PpmImage
{
    private static readonly SearchValues<byte> Whitespace = SearchValues.Create(" \n\r\t"u8);

    public static bool Begins(ReadOnlySpan<byte> encoded) =>
        encoded.Length > 2 && encoded.StartsWith("P6"u8) && Whitespace.Contains(encoded[2]);

    /// <summary>Reads the size, and checks that every pixel is there.</summary>
    /// <exception cref="UnusableImageException">
    /// The header is wrong, or pixels are missing.
    /// </exception>
    public static ImageHeader Check(ReadOnlySpan<byte> encoded)
    {
        (int width, int height, int offset) = Parse(encoded);
        return encoded.Length - offset >= 3L * width * height
            ? ImageProbe.Sized("ppm", width, height)
            : throw ImageProbe.Damaged("PPM", "is shorter than its header says: it was cut off");
    }

    /// <summary>[height, width, 3] The pixels of a checked image.</summary>
    public static ReadOnlySpan<byte> PixelsOf(ReadOnlySpan<byte> encoded)
    {
        (int width, int height, int offset) = Parse(encoded);
        return encoded.Slice(offset, 3 * width * height);
    }

    /// <summary>A checked image, for resizing.</summary>
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
    public static int LengthOf(int size) => HeaderOf(size).Length + (3 * size * size);

    /// <summary>
    /// Begins a square image, whose pixels the caller writes, so that nothing is copied.
    /// </summary>
    /// <param name="ppm">The whole image's <see cref="LengthOf"/> bytes.</param>
    /// <returns>[size, size, 3] Where its pixels go.</returns>
    public static Span<byte> Begin(Span<byte> ppm, int size)
    {
        ReadOnlySpan<byte> header = HeaderOf(size);
        header.CopyTo(ppm);
        return ppm[header.Length..];
    }

    private static byte[] HeaderOf(int size) => Encoding.ASCII.GetBytes($"P6\n{size} {size}\n255\n");

    private static (int Width, int Height, int Offset) Parse(ReadOnlySpan<byte> encoded)
    {
        int position = 2;
        Span<int> numbers = stackalloc int[3];
        foreach (ref int number in numbers)
        {
            bool isComment = false;
            while (isComment || encoded[position] == '#' || Whitespace.Contains(encoded[position]))
            {
                isComment = encoded[position] == '#' || (isComment && encoded[position] != '\n');
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
