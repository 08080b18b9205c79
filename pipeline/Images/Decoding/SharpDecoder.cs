using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats;
using SixLabors.ImageSharp.Formats.Png;
using SixLabors.ImageSharp.Memory;
using SixLabors.ImageSharp.PixelFormats;
using VisualChat.Pipeline.Images.Headers;

namespace VisualChat.Pipeline.Images.Decoding;

/// <summary>
/// PNG by ImageSharp: without metadata, and with memory for the largest image that is
/// decoded and no more.
/// </summary>
internal static class SharpDecoder
{
    // 8 bytes a pixel of ImageProbe.MaxPixels.
    private const int MaxMegabytes = 1400;
    private const int MaxPooledMegabytes = 64;

    // Without a format module: which decoder reads a file is said here, never found out there.
    private static readonly Configuration Configuration = new()
    {
        MaxDegreeOfParallelism = 1,
        MemoryAllocator = MemoryAllocator.Create(new MemoryAllocatorOptions
        {
            AllocationLimitMegabytes = MaxMegabytes,
            MaximumPoolSizeMegabytes = MaxPooledMegabytes,
        }),
    };

    /// <remarks>ImageSharp would round samples of 16 bits; here the upper 8 are kept.</remarks>
    public static RgbxImage DecodePng(PngColors colors, ImageHeader header)
    {
        using MemoryStream png = PngRows.Inflated(colors);
        var decoder = new PngDecoder { IgnoreMetadata = true };
        return colors.HasDeepSamples ? DecodeDeep(decoder, png, header) : Decode(decoder, png, header);
    }

    private static RgbxImage Decode(IImageDecoder decoder, MemoryStream encoded, ImageHeader header)
    {
        using Image<Rgba32> image = Decoded<Rgba32>(decoder, encoded, header);
        var result = new RgbxImage(header.Width, header.Height);
        image.CopyPixelDataTo(result.Pixels);
        return result;
    }

    private static RgbxImage DecodeDeep(IImageDecoder decoder, MemoryStream encoded, ImageHeader header)
    {
        using Image<Rgba64> image = Decoded<Rgba64>(decoder, encoded, header);
        var result = new RgbxImage(header.Width, header.Height);
        image.ProcessPixelRows(rows =>
        {
            Span<byte> pixels = result.Pixels;
            int to = 0;
            for (int y = 0; y < rows.Height; y++)
            {
                foreach (Rgba64 pixel in rows.GetRowSpan(y))
                {
                    pixels[to] = (byte)(pixel.R >> 8);
                    pixels[to + 1] = (byte)(pixel.G >> 8);
                    pixels[to + 2] = (byte)(pixel.B >> 8);
                    to += 4;
                }
            }
        });
        return result;
    }

    private static Image<TPixel> Decoded<TPixel>(IImageDecoder decoder, MemoryStream encoded, ImageHeader header)
        where TPixel : unmanaged, IPixel<TPixel>
    {
        Image<TPixel> image = decoder.Decode<TPixel>(Configuration, encoded, CancellationToken.None);
        if (image.Width == header.Width && image.Height == header.Height)
            return image;
        image.Dispose();
        throw ImageProbe.Damaged(header.Format, "holds an image of another size than its header says");
    }
}
