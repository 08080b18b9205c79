using VisualChat.Model.Files;
using VisualChat.Pipeline.Images.Headers;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Images;

/// <summary>
/// Looks at an encoded image without decoding it: what it is, how large, and whether its end is
/// there. It walks from header to header, so it takes microseconds and no memory, whatever the
/// image claims to be.
/// </summary>
internal static class ImageProbe
{
    /// <summary>
    /// Images of more pixels are refused: Pillow's limit for decompression bombs, 2 x 1024³ / 12.
    /// </summary>
    public const long MaxPixels = 178_956_970;

    /// <summary>
    /// Pictures up to this size are decoded however short their files are: they cost little.
    /// </summary>
    public const long PlainPixels = 1 << 24;

    /// <summary>Images of more columns or rows are refused: a JPEG cannot have more.</summary>
    public const int MaxSide = 65_535;

    /// <summary>Checks a whole encoded image.</summary>
    /// <exception cref="UnusableImageException">
    /// It has no bytes, is of no known format, is larger than <see cref="MaxPixels"/> or
    /// <see cref="MaxSide"/>, or its structure is broken or cut off.
    /// </exception>
    public static ImageHeader Check(ReadOnlySpan<byte> encoded)
    {
        if (encoded.IsEmpty)
            throw new UnusableImageException(ImageProblem.Empty, "the image has no bytes");
        try
        {
            return Read(encoded);
        }
        catch (Exception exception) when (exception is ArgumentOutOfRangeException or IndexOutOfRangeException)
        {
            // The readers of headers have no other bounds check than slicing.
            throw Damaged("image", "ends inside its header");
        }
    }

    /// <summary>A header, if images of its size are decoded.</summary>
    /// <exception cref="UnusableImageException">The image has no pixels, or too many.</exception>
    public static ImageHeader Sized(string format, long width, long height, int orientation = 1)
    {
        if (width <= 0 || height <= 0)
            throw Damaged(format, "has no pixels");
        if (width > MaxSide || height > MaxSide || width * height > MaxPixels)
        {
            string limits = $"at most {MaxPixels} and {MaxSide} on a side are decoded";
            throw new UnusableImageException(ImageProblem.TooLarge, $"{width} x {height} pixels; {limits}");
        }

        return new ImageHeader(format, (int)width, (int)height, orientation);
    }

    public static UnusableImageException Damaged(string format, string what) =>
        new(ImageProblem.Damaged, $"the {format} {what}");

    private static ImageHeader Read(ReadOnlySpan<byte> encoded)
    {
        if (JpegHeader.Begins(encoded))
            return JpegHeader.Check(encoded);
        if (PngHeader.Begins(encoded))
            return PngHeader.Check(encoded);
        if (GifHeader.Begins(encoded))
            return GifHeader.Check(encoded);
        if (WebpHeader.Begins(encoded))
            return WebpHeader.Check(encoded);
        if (BmpHeader.Begins(encoded))
            return BmpHeader.Check(encoded);
        if (TiffHeader.Begins(encoded))
            return TiffHeader.Check(encoded);
        if (PpmImage.Begins(encoded))
            return PpmImage.Check(encoded);
        if (ForeignContents.IsGitLfsPointer(encoded))
            throw new UnusableImageException(ImageProblem.NotAnImage, GitLfsPointer.WhatItIs);
        throw new UnusableImageException(
            ImageProblem.NotAnImage,
            "the bytes are no JPEG, PNG, GIF, WebP, BMP, TIFF or PPM");
    }
}
