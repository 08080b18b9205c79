namespace VisualChat.Pipeline.Images.Headers;

/// <summary>
/// How EXIF data say that the stored rows and columns are shown (CIPA DC-008, tag 0x0112).
/// </summary>
internal static class ExifOrientation
{
    private const int OrientationTag = 0x0112;

    /// <summary>Reads the tag. Data that are damaged or have no such tag say nothing.</summary>
    /// <param name="exif">A TIFF structure; WebP files often have JPEG's prefix before it.</param>
    /// <returns>1..8; 1: as stored.</returns>
    public static int Read(ReadOnlySpan<byte> exif)
    {
        if (exif.StartsWith("Exif\0\0"u8))
            exif = exif[6..];
        try
        {
            return Read(new TiffDirectory(exif));
        }
        catch (Exception exception) when (exception is ArgumentOutOfRangeException or IndexOutOfRangeException)
        {
            return 1;
        }
    }

    public static int Read(TiffDirectory directory) =>
        directory.Find(OrientationTag) is { Count: > 0 } field && field[0] is >= 1 and <= 8 and uint value
            ? (int)value
            : 1;
}
