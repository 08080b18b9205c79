using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using System.Text;
using VisualChat.Pipeline.Images;

namespace VisualChat.Pipeline.Tests.Images;

/// <summary>
/// Images made to take memory or time get neither. Memory is counted, so nothing else may run.
/// </summary>
[Collection(nameof(CraftedImageTests))]
[CollectionDefinition(nameof(CraftedImageTests), DisableParallelization = true)]
public sealed class CraftedImageTests
{
    private const int BombBytes = 256 << 20;

    /// <summary>
    /// Far below what a bomb would take, far above what these images' pixels take.
    /// </summary>
    private const long MostBytes = 64 << 20;

    private static readonly TimeSpan MostTime = TimeSpan.FromSeconds(20);

    [Fact]
    public void A_PNG_whose_data_inflate_beyond_its_pixels() => ShouldBeBounded(Png(16, 16, ("IDAT", Bomb())));

    [Theory]
    [InlineData("zTXt", "Comment\0\0")]
    [InlineData("iTXt", "Comment\0\u0001\0\0\0")]
    [InlineData("iCCP", "profile\0\0")]
    public void A_PNG_with_a_bomb_in_its_metadata(string type, string prefix)
    {
        byte[] metadata = [.. Encoding.Latin1.GetBytes(prefix), .. Bomb()];

        byte[] rgb = ShouldBeBounded(Png(16, 16, (type, metadata), ("IDAT", Deflated(16 * ((16 * 3) + 1)))))!;

        rgb.Should().OnlyContain(level => level == 0);
    }

    [Fact]
    public void A_PNG_that_is_too_short_for_its_pixels()
    {
        byte[] png = Png(13_000, 13_000, ("IDAT", Deflated(100_000)));

        FluentActions.Invoking(() => ImageProbe.Check(png)).Should().Throw<UnusableImageException>()
            .Which.Detail.Should().Be("the PNG is too short for its 13000 x 13000 pixels");
    }

    [Fact]
    public void A_PNG_with_EXIF_data_that_point_everywhere()
    {
        byte[] exif = [.. "II*\0"u8, 8, 0, 0, 0, 0xFF, 0xFF, .. Enumerable.Repeat((byte)0xFF, 70_000)];

        ShouldBeBounded(Png(16, 16, ("eXIf", exif), ("IDAT", Deflated(16 * ((16 * 3) + 1))))).Should().NotBeNull();
    }

    [Fact]
    public void A_GIF_of_very_many_frames()
    {
        byte[] gif = ImageData.Kind("plain.gif");
        byte[] frame = [0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 0x01, 0];
        byte[] many = [.. gif[..^1], .. Enumerable.Repeat(frame, 100_000).SelectMany(bytes => bytes), 0x3B];

        ShouldBeBounded(many).Should().Equal(new ClipCrop(24).Crop(gif));
    }

    [Theory]
    [InlineData(new byte[] { 0x04, 0x41, 0x10, 0x04 })]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF })]
    [InlineData(new byte[] { 0x00, 0x00, 0x00, 0x00 })]
    public void A_GIF_whose_codes_lead_nowhere(byte[] codes)
    {
        byte[] header = [.. "GIF89a"u8, 0xE8, 0x03, 0xE8, 0x03, 0x80, 0, 0, 0, 0, 0, 255, 255, 255];
        byte[] frame = [0x2C, 0, 0, 0, 0, 0xE8, 0x03, 0xE8, 0x03, 0, 2];
        byte[] data = [.. Enumerable.Range(0, 10_000).SelectMany(_ => (byte[])[4, .. codes]), 0];

        ShouldBeBounded([.. header, .. frame, .. data, 0x3B]);
    }

    [Fact]
    public void A_WebP_with_a_huge_profile()
    {
        byte[] webp = ImageData.Kind("rgb.webp");
        byte[] extended = Chunk("VP8X", [0x20, 0, 0, 0, 100, 0, 0, 74, 0, 0]);

        // Without its own first chunk, which says the same.
        byte[] chunks = [.. extended, .. Chunk("ICCP", new byte[8 << 20]), .. webp[30..]];
        byte[] riff = [.. "RIFF"u8, .. BitConverter.GetBytes(chunks.Length + 4), .. "WEBP"u8, .. chunks];

        ShouldBeBounded(riff).Should().Equal(new ClipCrop(24).Crop(webp));

        static byte[] Chunk(string type, byte[] data) =>
            [.. Encoding.ASCII.GetBytes(type), .. BitConverter.GetBytes(data.Length), .. data];
    }

    [Theory]
    [InlineData(256, 60_000)]
    [InlineData(258, 1_000_000_000)]
    [InlineData(273, 2_000_000_000)]
    [InlineData(277, 65_535)]
    [InlineData(278, -1)]
    [InlineData(279, 2_000_000_000)]
    [InlineData(322, 2_000_000_000)]
    [InlineData(323, -1)]
    public void A_TIFF_with_a_huge_value(int tag, int value)
    {
        foreach (string name in new[] { "tiles.tiff", "packbits.tiff", "jpeg.tiff", "jpeg-tiles.tiff", "fax.tiff" })
        {
            byte[] tiff = ImageData.Kind(name);
            foreach (int place in (int[])[4, 8])
            {
                byte[] crafted = [.. tiff];
                if (FieldOf(crafted, tag) is { } field)
                    BinaryPrimitives.WriteInt32LittleEndian(crafted.AsSpan(field + place), value);
                ShouldBeBounded(crafted);
            }
        }
    }

    [Fact]
    public void A_TIFF_whose_directories_are_a_ring()
    {
        byte[] tiff = ImageData.Kind("rgba.tiff");
        int directory = BinaryPrimitives.ReadInt32LittleEndian(tiff.AsSpan(4));
        int fields = BinaryPrimitives.ReadUInt16LittleEndian(tiff.AsSpan(directory));
        BinaryPrimitives.WriteInt32LittleEndian(tiff.AsSpan(directory + 2 + (12 * fields)), directory);

        ShouldBeBounded(tiff).Should().Equal(new ClipCrop(24).Crop(ImageData.Kind("rgba.tiff")));
    }

    /// <summary>The crop, or null for an image that is refused.</summary>
    private static byte[]? ShouldBeBounded(byte[] encoded)
    {
        byte[]? rgb = null;
        long before = GC.GetTotalAllocatedBytes(precise: true);
        var watch = System.Diagnostics.Stopwatch.StartNew();
        try
        {
            rgb = new ClipCrop(24).Crop(encoded);
        }
        catch (UnusableImageException)
        {
            // Refused is bounded too.
        }

        watch.Elapsed.Should().BeLessThan(MostTime);
        (GC.GetTotalAllocatedBytes(precise: true) - before).Should().BeLessThan(MostBytes + encoded.Length);
        return rgb;
    }

    private static byte[] Bomb() => Deflated(BombBytes);

    private static byte[] Deflated(int zeros)
    {
        var deflated = new MemoryStream();
        using (var zlib = new ZLibStream(deflated, CompressionLevel.Optimal))
        {
            byte[] block = new byte[1 << 20];
            for (int left = zeros; left > 0; left -= block.Length)
                zlib.Write(block, 0, Math.Min(left, block.Length));
        }

        return deflated.ToArray();
    }

    /// <summary>An RGB image of 8 bits.</summary>
    private static byte[] Png(int width, int height, params (string Type, byte[] Data)[] chunks)
    {
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (8, 2);
        var png = new MemoryStream();
        png.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);
        foreach ((string type, byte[] data) in chunks.Prepend(("IHDR", header)).Append(("IEND", [])))
        {
            byte[] typed = [.. Encoding.ASCII.GetBytes(type), .. data];
            byte[] number = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
            png.Write(number);
            png.Write(typed);
            BinaryPrimitives.WriteUInt32BigEndian(number, Crc32.HashToUInt32(typed));
            png.Write(number);
        }

        return png.ToArray();
    }

    private static int? FieldOf(byte[] tiff, int tag)
    {
        int directory = BinaryPrimitives.ReadInt32LittleEndian(tiff.AsSpan(4));
        int fields = BinaryPrimitives.ReadUInt16LittleEndian(tiff.AsSpan(directory));
        for (int field = directory + 2; field < directory + 2 + (12 * fields); field += 12)
        {
            if (BinaryPrimitives.ReadUInt16LittleEndian(tiff.AsSpan(field)) == tag)
                return field;
        }

        return null;
    }
}
