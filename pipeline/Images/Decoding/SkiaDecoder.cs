using SkiaSharp;

namespace VisualChat.Pipeline.Images.Decoding;

/// <summary>
/// Whole images by Skia: the first frame of a GIF or a WebP, BMPs, and JPEGs that are shown turned.
/// </summary>
internal static unsafe class SkiaDecoder
{
    /// <exception cref="UnusableImageException">It does not decode.</exception>
    public static RgbxImage Decode(ReadOnlySpan<byte> encoded, ImageHeader header)
    {
        fixed (byte* bytes = encoded)
        {
            using SKData data = SKData.Create((nint)bytes, encoded.Length);
            using SKCodec? codec = SKCodec.Create(data);
            if (codec is null || codec.Info.Width != header.Width || codec.Info.Height != header.Height)
                throw ImageProbe.Damaged(header.Format, "does not decode");

            // Without a color space nothing is converted, and without premultiplication transparent
            // pixels keep their color.
            var info = new SKImageInfo(header.Width, header.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul, null);
            var image = new RgbxImage(header.Width, header.Height);
            SKCodecResult result;
            fixed (byte* pixels = image.Pixels)
                result = codec.GetPixels(info, (nint)pixels);
            if (result == SKCodecResult.Success)
                return image;
            image.Dispose();
            throw ImageProbe.Damaged(header.Format, $"does not decode: {result}");
        }
    }
}
