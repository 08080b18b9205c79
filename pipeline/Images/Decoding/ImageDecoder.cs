using VisualChat.Pipeline.Images.Headers;

namespace VisualChat.Pipeline.Images.Decoding;

/// <summary>
/// Decodes whole images: JPEG, GIF, WebP and BMP by Skia, PNG by ImageSharp, TIFF by
/// LibTiff.NET. The colors are those of Pillow's <c>convert("RGB")</c>: alpha is dropped, color
/// profiles are ignored. Of 16 bits the upper 8 are kept.
/// </summary>
/// <remarks>
/// <para>
/// The rule for damaged images, whatever their format, whatever decodes them and however they are
/// turned: an image is taken if Pillow takes it with its default settings. Pixels that are wrong
/// but there are taken; pixels that are missing are not. So a JPEG whose data are wrong decodes,
/// as does a PNG with a wrong checksum over its data or without an end chunk; a file cut off inside
/// its pixels is refused in every format. <see cref="ImageProbe"/> and the decoders' errors hold
/// it.
/// </para>
/// <para>
/// Decoders get files that <see cref="ImageProbe"/> has checked, PNG and WebP without metadata and
/// further frames; managed decoders get a limited time (<see cref="BoundedDecoding"/>), and what
/// Skia may have to do is bounded by pixels and scans.
/// </para>
/// </remarks>
internal static class ImageDecoder
{
    /// <summary>Decodes a checked image, and turns it as its orientation says.</summary>
    /// <exception cref="UnusableImageException">It does not decode.</exception>
    public static RgbxImage Decode(ReadOnlySpan<byte> encoded, ImageHeader header) => header.Format switch
    {
        "ppm" => PpmImage.Decode(encoded, header),
        "jpeg" => SkiaDecoder.Decode(encoded, header).Oriented(header.Orientation),
        "gif" => SkiaDecoder.Decode(GifHeader.WithEnd(encoded), header),
        "bmp" => SkiaDecoder.Decode(BmpHeader.WithLastPadding(encoded), header),
        "webp" => SkiaDecoder.Decode(WebpHeader.FirstFrameOnly(encoded), header).Oriented(header.Orientation),
        _ => DecodeManaged(encoded, header).Oriented(header.Orientation),
    };

    private static RgbxImage DecodeManaged(ReadOnlySpan<byte> encoded, ImageHeader header)
    {
        switch (header.Format)
        {
            case "png":
                PngColors colors = PngHeader.ColorsOnly(encoded);
                return BoundedDecoding.Shared.Run(header, () => SharpDecoder.DecodePng(colors, header));
            default:
                byte[] tiff = encoded.ToArray();
                return BoundedDecoding.Shared.Run(
                    header, () => TiffDecoder.Decode(TiffHeader.WithEnd(tiff), header));
        }
    }
}
