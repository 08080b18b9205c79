using VisualChat.Pipeline.Images.Headers;

namespace VisualChat.Pipeline.Images.Decoding;

/// <summary>
/// Decodes whole images: JPEG, GIF and BMP by Skia, PNG and WebP by ImageSharp, TIFF by
/// LibTiff.NET. The colors are those of Pillow's <c>convert("RGB")</c>: alpha is dropped, color
/// profiles are ignored. Of 16 bits the upper 8 are kept.
/// </summary>
/// <remarks>
/// The managed decoders get files that <see cref="ImageProbe"/> has checked, PNG and WebP without
/// metadata and further frames, and a limited time (<see cref="BoundedDecoding"/>).
/// </remarks>
internal static class ImageDecoder
{
    /// <summary>Decodes a checked image, and turns it as its orientation says.</summary>
    /// <exception cref="UnusableImageException">It does not decode.</exception>
    public static RgbxImage Decode(ReadOnlySpan<byte> encoded, ImageHeader header) => header.Format switch
    {
        "ppm" => PpmImage.Decode(encoded, header),
        "jpeg" or "gif" or "bmp" => SkiaDecoder.Decode(encoded, header).Oriented(header.Orientation),
        _ => DecodeManaged(encoded, header).Oriented(header.Orientation),
    };

    private static RgbxImage DecodeManaged(ReadOnlySpan<byte> encoded, ImageHeader header)
    {
        switch (header.Format)
        {
            case "png":
                bool isDeep = PngHeader.Has16Bits(encoded);
                byte[] png = PngHeader.ColorsOnly(encoded);
                return BoundedDecoding.Shared.Run(header, () => SharpDecoder.DecodePng(png, header, isDeep));
            case "webp":
                byte[] webp = WebpHeader.FirstFrameOnly(encoded);
                return BoundedDecoding.Shared.Run(header, () => SharpDecoder.DecodeWebp(webp, header));
            default:
                byte[] tiff = encoded.ToArray();
                return BoundedDecoding.Shared.Run(header, () => TiffDecoder.Decode(tiff, header));
        }
    }
}
