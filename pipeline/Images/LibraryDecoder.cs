using NetVips;
using SkiaSharp;

namespace VisualChat.Pipeline.Images;

/// <summary>
/// Decodes whole images: libvips for PNG, WebP, TIFF and JPEGs that are turned or inked, Skia for GIF and BMP, which this libvips lacks
/// or frames differently. The colours are those of Pillow's <c>convert("RGB")</c>: alpha is dropped, colour profiles are ignored,
/// of 16 bits the upper 8 are kept.
/// </summary>
internal static class LibraryDecoder
{
    static LibraryDecoder()
    {
        // Images are worked on side by side: threads inside one image, and a cache of operations none of which recurs, only cost.
        NetVips.NetVips.Concurrency = 1;
        Cache.Max = 0;

        // What is wrong with an image is in its reject; libvips must not write it to standard error too.
        _ = Log.SetLogHandler("VIPS", Enums.LogLevelFlags.All, (_, _, _) => { });
    }

    /// <summary>Sets libvips up; done once, before its first use.</summary>
    public static void Prepare() => System.Runtime.CompilerServices.RuntimeHelpers.RunClassConstructor(typeof(LibraryDecoder).TypeHandle);

    /// <summary>Decodes a whole image.</summary>
    /// <param name="encoded">The file.</param>
    /// <param name="header">What it is.</param>
    /// <param name="orientation">Its EXIF orientation, 1..8.</param>
    /// <exception cref="UnusableImageException">It does not decode.</exception>
    public static RgbxImage Decode(byte[] encoded, ImageHeader header, out int orientation) => header.Format switch
    {
        "bmp" or "gif" => DecodeWithSkia(encoded, header, out orientation),
        _ => DecodeWithVips(encoded, header, out orientation),
    };

    private static RgbxImage DecodeWithVips(byte[] encoded, ImageHeader header, out int orientation)
    {
        // libjpeg fills in what is missing with gray and calls that a warning, so a JPEG must decode without one.
        Enums.FailOn strictness = header.Format == "jpeg" ? Enums.FailOn.Warning : Enums.FailOn.Error;
        try
        {
            using Image image = Image.NewFromBuffer(encoded, access: Enums.Access.Sequential, failOn: strictness);
            if (image.Width != header.Width || image.Height != header.Height)
                throw new UnusableImageException(ImageProblem.Damaged, $"the {header.Format} holds an image of another size than its header says");
            orientation = image.Contains("orientation") && image.Get("orientation") is int value and >= 1 and <= 8 ? value : 1;
            if (image.Format is Enums.BandFormat.Uchar or Enums.BandFormat.Ushort && image.Interpretation is not (Enums.Interpretation.Lab or Enums.Interpretation.Labs or Enums.Interpretation.Xyz))
                return FromSamples(image);
            using Image srgb = image.Colourspace(Enums.Interpretation.Srgb);
            using Image bytes = srgb.Cast(Enums.BandFormat.Uchar);
            return FromSamples(bytes);
        }
        catch (VipsException exception)
        {
            throw new UnusableImageException(ImageProblem.Damaged, $"the {header.Format} does not decode: {FirstLine(exception.Message)}");
        }
    }

    private static RgbxImage FromSamples(Image image)
    {
        byte[] samples = image.Format == Enums.BandFormat.Ushort
            ? Array.ConvertAll(image.WriteToMemory<ushort>(), word => (byte)(word >> 8))
            : image.WriteToMemory<byte>();
        var result = new RgbxImage(image.Width, image.Height);
        Span<byte> pixels = result.Pixels;
        int bands = image.Bands;
        if (image.Interpretation == Enums.Interpretation.Cmyk && bands >= 4)
            FromInk(samples, bands, pixels);
        else
        {
            int green = bands >= 3 ? 1 : 0;
            int blue = bands >= 3 ? 2 : 0;
            for (int from = 0, to = 0; to < pixels.Length; from += bands, to += 4)
            {
                pixels[to] = samples[from];
                pixels[to + 1] = samples[from + green];
                pixels[to + 2] = samples[from + blue];
            }
        }

        return result;
    }

    /// <summary>Ink to light without a profile: light = (255 - black) x (255 - ink) / 255.</summary>
    private static void FromInk(ReadOnlySpan<byte> samples, int bands, Span<byte> pixels)
    {
        for (int from = 0, to = 0; to < pixels.Length; from += bands, to += 4)
        {
            int white = 255 - samples[from + 3];
            for (int channel = 0; channel < 3; channel++)
            {
                int product = (samples[from + channel] * white) + 128;
                pixels[to + channel] = (byte)Math.Clamp(white - (((product >> 8) + product) >> 8), 0, 255);
            }
        }
    }

    private static unsafe RgbxImage DecodeWithSkia(byte[] encoded, ImageHeader header, out int orientation)
    {
        orientation = 1;
        fixed (byte* bytes = encoded)
        {
            using SKData data = SKData.Create((nint)bytes, encoded.Length);
            using SKCodec? codec = SKCodec.Create(data);
            if (codec is null || codec.Info.Width != header.Width || codec.Info.Height != header.Height)
                throw new UnusableImageException(ImageProblem.Damaged, $"the {header.Format} does not decode");

            // Without a colour space nothing is converted, and without premultiplication what is transparent keeps its colour.
            var info = new SKImageInfo(header.Width, header.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul, null);
            var image = new RgbxImage(header.Width, header.Height);
            SKCodecResult result;
            fixed (byte* pixels = image.Pixels)
                result = codec.GetPixels(info, (nint)pixels);
            if (result == SKCodecResult.Success)
                return image;
            image.Dispose();
            throw new UnusableImageException(ImageProblem.Damaged, $"the {header.Format} does not decode: {result}");
        }
    }

    private static string FirstLine(string message) => message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)[^1];
}
