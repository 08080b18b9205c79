using VisualChat.Pipeline.Images.Headers;

namespace VisualChat.Pipeline.Images.Decoding;

/// <summary>
/// A TIFF whose strips or tiles are JPEGs in Y'CbCr (TIFF technical note 2). Skia decodes them,
/// since only it and Pillow enlarge chroma alike: LibTiff.NET's colors are up to 93 levels away.
/// </summary>
internal static class JpegTiff
{
    private const int Compression = 259;
    private const int Jpeg = 7;
    private const int Photometric = 262;
    private const int YCbCr = 6;
    private const int SamplesPerPixel = 277;
    private const int RowsPerStrip = 278;
    private const int TileWidth = 322;
    private const int TileLength = 323;
    private const int JpegTables = 347;

    /// <summary>Decodes it.</summary>
    /// <returns>Null: it is another kind of TIFF.</returns>
    public static RgbxImage? TryDecode(ReadOnlySpan<byte> encoded, ImageHeader header)
    {
        var directory = new TiffDirectory(encoded);
        if (ValueOf(directory, Compression) != Jpeg
            || ValueOf(directory, Photometric) != YCbCr
            || ValueOf(directory, SamplesPerPixel) != 3)
        {
            return null;
        }

        bool isTiled = directory.Find(TileWidth).Count > 0;
        int columns = isTiled ? SideOf(directory, TileWidth, 0) : header.Width;
        int rows = isTiled ? SideOf(directory, TileLength, 0) : SideOf(directory, RowsPerStrip, header.Height);
        TiffField tables = directory.Find(JpegTables);

        // Between the start and the end marker of the tables' own JPEG.
        ReadOnlySpan<byte> shared = tables.Count >= 4 ? tables.Bytes[2..(int)(tables.Count - 2)] : [];
        TiffField offsets = TiffHeader.PartOffsets(directory);
        TiffField byteCounts = TiffHeader.PartByteCounts(directory);
        var image = new RgbxImage(header.Width, header.Height);
        int part = 0;
        for (int top = 0; top < header.Height; top += rows)
        {
            for (int left = 0; left < header.Width; left += columns, part++)
            {
                ReadOnlySpan<byte> data = encoded.Slice((int)offsets[part], (int)byteCounts[part]);
                byte[] jpeg = [.. data[..2], .. shared, .. data[2..]];
                using RgbxImage decoded = SkiaDecoder.Decode(jpeg, ImageProbe.Check(jpeg));
                int partColumns = Math.Min(columns, header.Width - left);
                int partRows = Math.Min(rows, header.Height - top);
                Place(decoded, image, left, top, partColumns, partRows);
            }
        }

        return image;
    }

    private static void Place(RgbxImage part, RgbxImage image, int left, int top, int columns, int rows)
    {
        if (part.Width < columns || part.Height < rows)
            throw ImageProbe.Damaged("tiff", "has a part that is smaller than its header says");
        for (int row = 0; row < rows; row++)
        {
            part.Pixels.Slice(4 * row * part.Width, 4 * columns)
                .CopyTo(image.Pixels[(4 * (((top + row) * image.Width) + left))..]);
        }
    }

    private static int SideOf(TiffDirectory directory, int tag, int otherwise)
    {
        TiffField field = directory.Find(tag);
        long side = field.Count > 0 ? field[0] : otherwise;

        // More rows in a strip than any image has mean one strip.
        return side > 0
            ? (int)Math.Min(side, ImageProbe.MaxSide)
            : throw ImageProbe.Damaged("tiff", "has parts of no size");
    }

    private static uint ValueOf(TiffDirectory directory, int tag) =>
        directory.Find(tag) is { Count: > 0 } field ? field[0] : 0;
}
