namespace VisualChat.Pipeline.Images.Headers;

/// <summary>The first image of a TIFF (TIFF 6.0, section 8).</summary>
internal static class TiffHeader
{
    private const int Width = 256;
    private const int Height = 257;
    private const int Compression = 259;
    private const int StripOffsets = 273;
    private const int StripByteCounts = 279;
    private const int TileOffsets = 324;
    private const int TileByteCounts = 325;

    public static bool Begins(ReadOnlySpan<byte> encoded) =>
        encoded.StartsWith("II*\0"u8) || encoded.StartsWith("MM\0*"u8);

    public static ImageHeader Check(ReadOnlySpan<byte> encoded)
    {
        var directory = new TiffDirectory(encoded);
        ImageHeader header = ImageProbe.Sized("tiff", ValueOf(directory, Width), ValueOf(directory, Height));
        TiffField offsets = PartOffsets(directory);
        if (offsets.Count == 0)
            throw ImageProbe.Damaged("TIFF", "holds no image data");
        TiffField byteCounts = PartByteCounts(directory);
        uint parts = Math.Min(offsets.Count, byteCounts.Count);
        for (int part = 0; part < parts; part++)
        {
            if ((long)offsets[part] + byteCounts[part] > encoded.Length)
                throw ImageProbe.Damaged("TIFF", "ends before its image data");
        }

        // A field of more values than the file has bytes would only make a decoder reserve memory.
        for (int index = 0; index < directory.Count; index++)
        {
            if (directory.CountOf(index) > encoded.Length)
                throw ImageProbe.Damaged("TIFF", "has a field that is larger than the file");
        }

        return header with { Orientation = ExifOrientation.Read(directory) };
    }

    /// <summary>
    /// A checked TIFF; where nothing is compressed, with the end that some programs leave out: that
    /// no further image follows. Costs a copy only there.
    /// </summary>
    public static byte[] WithEnd(byte[] encoded) =>
        ValueOf(new TiffDirectory(encoded), Compression) <= 1 ? [.. encoded, 0, 0, 0, 0] : encoded;

    public static TiffField PartOffsets(TiffDirectory directory) => PartsOf(directory, StripOffsets, TileOffsets);

    public static TiffField PartByteCounts(TiffDirectory directory) =>
        PartsOf(directory, StripByteCounts, TileByteCounts);

    /// <summary>A field of strips, or else of tiles.</summary>
    private static TiffField PartsOf(TiffDirectory directory, int strips, int tiles)
    {
        TiffField field = directory.Find(strips);
        return field.Count > 0 ? field : directory.Find(tiles);
    }

    private static uint ValueOf(TiffDirectory directory, int tag)
    {
        TiffField field = directory.Find(tag);
        return field.Count > 0 ? field[0] : 0;
    }
}
