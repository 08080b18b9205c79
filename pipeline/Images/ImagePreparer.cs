using NetVips;
using SkiaSharp;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Images;

/// <summary>Makes of a source's image what a shard holds: the crop the model sees, encoded, or the source's own bytes, checked. Thread safe.</summary>
public sealed class ImagePreparer
{
    private const int JpegQuality = 95;
    private const int PngLevel = 1;
    private const int WebpEffort = 0;

    private readonly ImageSettings _settings;
    private readonly ClipCrop _crop;

    /// <summary>Prepares images as a recipe says.</summary>
    public ImagePreparer(ImageSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        _settings = settings;
        _crop = new ClipCrop(settings.Size);
    }

    /// <summary>Prepares one image.</summary>
    /// <param name="encoded">The image as its source has it.</param>
    /// <param name="buffers">Where the result's memory comes from.</param>
    /// <returns>The image as a row holds it; the same one, with one more user, where the source's bytes are kept.</returns>
    /// <exception cref="UnusableImageException">The image is empty, no image, too large, damaged or cut off.</exception>
    public PooledBytes Prepare(PooledBytes encoded, PooledBuffers buffers)
    {
        if (_settings.Store == ImageStore.Original)
        {
            _ = ImageProbe.Check(encoded.Span);
            _ = encoded.TryShare();
            return encoded;
        }

        int size = _crop.Size;
        if (_settings.Encoding == ImageEncoding.Ppm)
        {
            PooledBytes ppm = buffers.Rent(PpmImage.LengthOf(size));
            _crop.Crop(encoded.Span, PpmImage.Begin(ppm.Span, size));
            return ppm;
        }

        byte[] rgb = _crop.Crop(encoded.Span);
        return new PooledBytes(_settings.Encoding switch
        {
            ImageEncoding.Jpeg => EncodeJpeg(rgb, size),
            ImageEncoding.Png => EncodeWithSkia(rgb, size, pixels => pixels.Encode(new SKPngEncoderOptions(SKPngEncoderFilterFlags.Paeth, PngLevel))),
            _ => EncodeWithSkia(rgb, size, pixels => pixels.Encode(new SKWebpEncoderOptions(SKWebpEncoderCompression.Lossless, WebpEffort))),
        });
    }

    /// <summary>libvips takes a third of Skia's time.</summary>
    private static byte[] EncodeJpeg(byte[] rgb, int size)
    {
        LibraryDecoder.Prepare();
        using Image image = Image.NewFromMemory(rgb, size, size, 3, Enums.BandFormat.Uchar);
        using Image srgb = image.Copy(interpretation: Enums.Interpretation.Srgb);
        return srgb.JpegsaveBuffer(q: JpegQuality, subsampleMode: Enums.ForeignSubsample.Off, keep: Enums.ForeignKeep.None);
    }

    /// <summary>Skia takes half of libvips' time for WebP, and for PNG makes a third less of it in the same time.</summary>
    private static unsafe byte[] EncodeWithSkia(byte[] rgb, int size, Func<SKPixmap, SKData> encode)
    {
        using var image = new RgbxImage(size, size);
        Span<byte> pixels = image.Pixels;
        for (int from = 0, to = 0; to < pixels.Length; from += 3, to += 4)
        {
            rgb.AsSpan(from, 3).CopyTo(pixels[to..]);
            pixels[to + 3] = 255;
        }

        fixed (byte* start = pixels)
        {
            using var pixmap = new SKPixmap(new SKImageInfo(size, size, SKColorType.Rgba8888, SKAlphaType.Opaque), (nint)start);
            using SKData data = encode(pixmap);
            return data.ToArray();
        }
    }
}
