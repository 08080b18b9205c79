using System.Runtime.InteropServices;
using BitMiracle.LibTiff.Classic;

namespace VisualChat.Pipeline.Images.Decoding;

/// <summary>
/// The first image of a TIFF by LibTiff.NET, or by Skia if it is made of JPEGs. Gray, RGB and CMYK
/// of 8 and 16 bits are read as samples, so that no color changes; palettes, fewer bits and
/// everything else as LibTiff.NET makes RGB of them.
/// </summary>
internal static class TiffDecoder
{
    private const int MaxSamples = 8;
    private const int MaxBlockBytes = 1 << 28;

    static TiffDecoder() => Tiff.SetErrorHandler(new SilentTiffErrors());

    /// <exception cref="UnusableImageException">
    /// It does not decode, or has a kind of samples that is not decoded.
    /// </exception>
    public static RgbxImage Decode(byte[] encoded, ImageHeader header)
    {
        if (JpegTiff.TryDecode(encoded, header) is { } fromJpegs)
            return fromJpegs;
        SilentTiffErrors.Forget();
        RgbxImage image = DecodeWithLibTiff(encoded, header);
        if (!SilentTiffErrors.HasFailed)
            return image;
        image.Dispose();
        throw DoesNotDecode();
    }

    private static RgbxImage DecodeWithLibTiff(byte[] encoded, ImageHeader header)
    {
        using var stream = new MemoryStream(encoded, writable: false);
        using Tiff tiff = Tiff.ClientOpen("image", "r", stream, new TiffStream()) ?? throw DoesNotDecode();
        if (ValueOf(tiff, TiffTag.IMAGEWIDTH) != header.Width || ValueOf(tiff, TiffTag.IMAGELENGTH) != header.Height)
            throw ImageProbe.Damaged("tiff", "holds an image of another size than its header says");
        if ((SampleFormat)ValueOf(tiff, TiffTag.SAMPLEFORMAT) != SampleFormat.UINT)
            throw ImageProbe.Damaged("tiff", "has samples that are not unsigned integers");
        TiffSamples samples = SamplesOf(tiff);
        if (samples.Count is < 1 or > MaxSamples)
            throw ImageProbe.Damaged("tiff", $"has {samples.Count} samples a pixel");
        return samples.ArePlain ? DecodeSamples(tiff, header, samples) : DecodeConverted(tiff, header);
    }

    private static TiffSamples SamplesOf(Tiff tiff) => new(
        ValueOf(tiff, TiffTag.SAMPLESPERPIXEL),
        ValueOf(tiff, TiffTag.BITSPERSAMPLE),
        (Photometric)ValueOf(tiff, TiffTag.PHOTOMETRIC),
        IsPlanar: (PlanarConfig)ValueOf(tiff, TiffTag.PLANARCONFIG) == PlanarConfig.SEPARATE,
        IsPremultiplied: tiff.GetField(TiffTag.EXTRASAMPLES) is [_, var kinds]
            && kinds.ToByteArray() is [(byte)ExtraSample.ASSOCALPHA, ..]);

    /// <summary>Block by block: tiles, or rows of strips.</summary>
    private static RgbxImage DecodeSamples(Tiff tiff, ImageHeader header, TiffSamples samples)
    {
        bool isTiled = tiff.IsTiled();
        int blockColumns = isTiled ? ValueOf(tiff, TiffTag.TILEWIDTH) : header.Width;
        int blockRows = isTiled ? ValueOf(tiff, TiffTag.TILELENGTH) : 1;
        int blockBytes = isTiled ? tiff.TileSize() : tiff.ScanlineSize();
        if (blockColumns < 1 || blockRows < 1 || blockBytes is < 1 or > MaxBlockBytes)
            throw ImageProbe.Damaged("tiff", "has tiles of a size that is not decoded");
        byte[][] planes = new byte[samples.IsPlanar ? samples.Count : 1][];
        for (int plane = 0; plane < planes.Length; plane++)
            planes[plane] = new byte[blockBytes];
        var image = new RgbxImage(header.Width, header.Height);
        for (int top = 0; top < header.Height; top += blockRows)
        {
            for (int left = 0; left < header.Width; left += blockColumns)
            {
                for (int plane = 0; plane < planes.Length; plane++)
                    ReadBlock(tiff, isTiled, planes[plane], left, top, plane);
                int columns = Math.Min(blockColumns, header.Width - left);
                for (int row = 0; row < Math.Min(blockRows, header.Height - top); row++)
                {
                    Span<byte> pixels = image.Pixels.Slice(4 * (((top + row) * header.Width) + left), 4 * columns);
                    samples.ToRgbx(planes, row * blockColumns, pixels);
                }
            }
        }

        return image;
    }

    private static void ReadBlock(Tiff tiff, bool isTiled, byte[] block, int left, int top, int plane)
    {
        bool isRead = isTiled
            ? tiff.ReadTile(block, 0, left, top, 0, (short)plane) >= 0
            : tiff.ReadScanline(block, top, (short)plane);
        if (!isRead)
            throw DoesNotDecode();
    }

    private static RgbxImage DecodeConverted(Tiff tiff, ImageHeader header)
    {
        int[] pixels = new int[header.Width * header.Height];
        if (!tiff.ReadRGBAImageOriented(header.Width, header.Height, pixels, Orientation.TOPLEFT, true))
            throw DoesNotDecode();
        var image = new RgbxImage(header.Width, header.Height);
        MemoryMarshal.AsBytes(pixels.AsSpan()).CopyTo(image.Pixels);
        return image;
    }

    private static int ValueOf(Tiff tiff, TiffTag tag) =>
        tiff.GetFieldDefaulted(tag) is [var value, ..] ? value.ToInt() : 0;

    private static UnusableImageException DoesNotDecode() => ImageProbe.Damaged("tiff", "does not decode");
}
