using System.Buffers.Binary;
using VisualChat.Pipeline.Images;

namespace VisualChat.Pipeline.Tests.Images;

/// <summary>
/// One rule for damage: what Pillow 9.4 takes with its default settings is taken, what it refuses
/// is refused, whatever decodes an image and however it is turned. Every verdict here is Pillow's.
/// </summary>
public sealed class DamageRuleTests
{
    [Theory]
    [InlineData("portrait.jpg")]
    [InlineData("progressive.jpg")]
    [InlineData("gray.jpg")]
    [InlineData("cmyk-adobe.jpg")]
    [InlineData("ycck.jpg")]
    [InlineData("orientation-1.jpg")]
    [InlineData("orientation-2.jpg")]
    [InlineData("orientation-3.jpg")]
    [InlineData("orientation-4.jpg")]
    [InlineData("orientation-5.jpg")]
    [InlineData("orientation-6.jpg")]
    [InlineData("orientation-6-progressive.jpg")]
    [InlineData("orientation-7.jpg")]
    [InlineData("orientation-8.jpg")]
    public void A_JPEG_with_all_its_rows_is_taken_and_one_that_was_cut_off_is_not(string name)
    {
        byte[] jpeg = ImageData.Source(name);
        bool isProgressive = jpeg.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC2]) > 0;

        ShouldBeTakenAs(jpeg, DamagedImages.WithExtraneousBytes(jpeg));
        ShouldBeTakenAs(jpeg, [.. jpeg, .. "after the end"u8]);
        if (!isProgressive)
        {
            ShouldBeTakenAs(jpeg, DamagedImages.WithOddScan(jpeg));
            ShouldBeTakenAs(jpeg, [.. jpeg[..^2], .. new byte[64]]);
        }

        ShouldBeTaken(DamagedImages.HalfWithAnEnd(jpeg));
        ShouldBeRefused(jpeg[..^2]);
        ShouldBeRefused(jpeg[..(jpeg.Length * 9 / 10)]);
        ShouldBeRefused(jpeg[..(jpeg.Length / 2)]);
    }

    [Theory]
    [InlineData("rgb.png")]
    [InlineData("gray.png")]
    [InlineData("palette.png")]
    [InlineData("rgba.png")]
    [InlineData("rgb-16.png")]
    [InlineData("bilevel.png")]
    public void A_PNG_with_all_its_rows_is_taken_and_one_whose_rows_are_missing_is_not(string name)
    {
        byte[] png = ImageData.Source(name);

        ShouldBeTakenAs(png, png[..^12]);
        ShouldBeTakenAs(png, png[..^5]);
        ShouldBeTakenAs(png, [.. png, .. "after the end"u8]);
        ShouldBeTakenAs(png, DamagedImages.WithChangedData(png, fromEnd: 1));
        ShouldBeTakenAs(png, DamagedImages.WithText(png, checksum: 0));
        ShouldBeTakenAs(png, DamagedImages.AsAnimationCutOff(png));
        ShouldBeRefused(DamagedImages.WithText(png, checksum: 1));
        ShouldBeRefused(DamagedImages.WithChangedData(png, fromEnd: 5));
        ShouldBeRefused(DamagedImages.WithHalfOfItsData(png));
        ShouldBeRefused(png[..(png.Length / 2)]);
    }

    [Theory]
    [InlineData("plain.gif", 2)]
    [InlineData("animated.gif", 16)]
    [InlineData("gray.bmp", 2)]
    public void What_lacks_nothing_but_its_end_is_taken(string name, int missing)
    {
        byte[] image = ImageData.Source(name);

        ShouldBeTakenAs(image, image[..^missing]);
        ShouldBeTakenAs(image, [.. image, .. "after the end"u8]);
        ShouldBeRefused(image[..(image.Length / 3)]);
    }

    [Fact]
    public void A_TIFF_whose_last_bytes_would_say_that_nothing_follows_is_taken()
    {
        byte[] tiff = ImageData.Kind("bilevel.tiff");

        ShouldBeTakenAs(tiff, tiff[..^1]);
        ShouldBeRefused(tiff[..(tiff.Length / 3)]);
    }

    [Theory]
    [InlineData("lossy.webp")]
    [InlineData("lossless.webp")]
    [InlineData("alpha.webp")]
    public void A_WebP_is_taken_whole_or_not_at_all(string name)
    {
        byte[] webp = ImageData.Source(name);

        ShouldBeTakenAs(webp, [.. webp, .. "after the end"u8]);
        ShouldBeRefused(webp[..^2]);
        ShouldBeRefused(webp[..(webp.Length / 2)]);
    }

    [Fact]
    public void A_large_JPEG_of_very_many_scans_is_refused_before_it_takes_minutes()
    {
        byte[] jpeg = ImageData.Source("progressive.jpg");
        int frame = jpeg.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC2]);
        BinaryPrimitives.WriteUInt16BigEndian(jpeg.AsSpan(frame + 5), 13_000);
        BinaryPrimitives.WriteUInt16BigEndian(jpeg.AsSpan(frame + 7), 13_000);
        IEnumerable<byte> scans = Enumerable.Repeat((byte[])[0xFF, 0xDA, 0, 8, 1, 1, 0, 1, 5, 0], 200)
            .SelectMany(scan => scan);

        FluentActions.Invoking(() => ImageProbe.Check([.. jpeg[..^2], .. scans, 0xFF, 0xD9]))
            .Should().Throw<UnusableImageException>()
            .Which.Detail.Should().Be("the JPEG has more scans than any program writes");
    }

    private static void ShouldBeTakenAs(byte[] whole, byte[] damaged) =>
        new ClipCrop(24).Crop(damaged).Should().Equal(new ClipCrop(24).Crop(whole));

    private static void ShouldBeTaken(byte[] damaged) =>
        FluentActions.Invoking(() => new ClipCrop(24).Crop(damaged)).Should().NotThrow();

    private static void ShouldBeRefused(byte[] damaged) =>
        FluentActions.Invoking(() => new ClipCrop(24).Crop(damaged)).Should().Throw<UnusableImageException>();
}
