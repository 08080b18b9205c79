using System.Buffers.Binary;
using System.IO.Hashing;
using VisualChat.Pipeline.Images;

namespace VisualChat.Pipeline.Tests.Images;

/// <summary>What an image's headers say, and which images are refused without decoding.</summary>
public sealed class ImageProbeTests
{
    [Theory]
    [InlineData("portrait.jpg", "jpeg", 333, 500)]
    [InlineData("progressive.jpg", "jpeg", 101, 75)]
    [InlineData("orientation-6.jpg", "jpeg", 91, 60, 6)]
    [InlineData("rgba.png", "png", 101, 75)]
    [InlineData("orientation-6.png", "png", 101, 75, 6)]
    [InlineData("plain.gif", "gif", 101, 75)]
    [InlineData("lossy.webp", "webp", 101, 75)]
    [InlineData("lossless.webp", "webp", 101, 75)]
    [InlineData("orientation-8.webp", "webp", 101, 75, 8)]
    [InlineData("rgb.bmp", "bmp", 101, 75)]
    [InlineData("lzw.tiff", "tiff", 101, 75)]
    [InlineData("plain.ppm", "ppm", 101, 75)]
    public void The_bytes_say_the_format_the_stored_size_and_how_it_is_turned(
        string name, string format, int width, int height, int orientation = 1)
    {
        ImageHeader header = ImageProbe.Check(ImageData.Source(name));

        header.Should().Be(new ImageHeader(format, width, height, orientation));
    }

    [Fact]
    public void No_bytes_are_an_empty_image() => ProblemOf([]).Should().Be(ImageProblem.Empty);

    [Theory]
    [InlineData("<!DOCTYPE html><html><body>404 not found</body></html>")]
    [InlineData("BMW is a maker of cars, and this is no bitmap")]
    [InlineData("P6 is a fine road, but not an image at all")]
    [InlineData("x")]
    public void Text_is_no_image(string text) =>
        ProblemOf(System.Text.Encoding.ASCII.GetBytes(text)).Should().Be(ImageProblem.NotAnImage);

    [Theory]
    [InlineData("portrait.jpg")]
    [InlineData("progressive.jpg")]
    [InlineData("lossy.webp")]
    [InlineData("lossless.webp")]
    [InlineData("rgb.bmp")]
    [InlineData("plain.tiff")]
    [InlineData("plain.ppm")]
    public void An_image_that_ends_too_early_is_damaged(string name)
    {
        byte[] whole = ImageData.Source(name);
        foreach (int length in new[] { whole.Length * 9 / 10, whole.Length / 2, 40 })
            ProblemOf(whole[..length]).Should().Be(ImageProblem.Damaged, "{0} bytes of {1}", length, whole.Length);
    }

    [Theory]
    [InlineData("rgb.png")]
    [InlineData("plain.gif")]
    public void Of_a_PNG_and_a_GIF_only_decoding_tells_that_they_end_too_early(string name)
    {
        byte[] whole = ImageData.Source(name);
        foreach (int length in new[] { whole.Length * 9 / 10, whole.Length / 2, 40 })
            ProblemOfCrop(whole[..length]).Should().Be(ImageProblem.Damaged, "{0} bytes of {1}", length, whole.Length);
    }

    [Fact]
    public void A_PNG_of_sixty_thousand_pixels_a_side_is_refused()
    {
        byte[] png = ImageData.Source("rgb.png");
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(16), 60_000);
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(20), 60_000);
        BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan(29), Crc32.HashToUInt32(png.AsSpan(12, 17)));
        ProblemOf(png).Should().Be(ImageProblem.TooLarge);
        ProblemOfCrop(png).Should().Be(ImageProblem.TooLarge);
    }

    [Fact]
    public void A_JPEG_of_sixty_thousand_pixels_a_side_is_refused()
    {
        byte[] jpeg = ImageData.Source("portrait.jpg");
        int frame = jpeg.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC0]);
        BinaryPrimitives.WriteUInt16BigEndian(jpeg.AsSpan(frame + 5), 60_000);
        BinaryPrimitives.WriteUInt16BigEndian(jpeg.AsSpan(frame + 7), 60_000);
        ProblemOf(jpeg).Should().Be(ImageProblem.TooLarge);
        ProblemOfCrop(jpeg).Should().Be(ImageProblem.TooLarge);
    }

    private static ImageProblem ProblemOf(byte[] encoded) =>
        FluentActions.Invoking(() => ImageProbe.Check(encoded))
            .Should().Throw<UnusableImageException>().Which.Problem;

    private static ImageProblem ProblemOfCrop(byte[] encoded) =>
        FluentActions.Invoking(() => new ClipCrop(56).Crop(encoded))
            .Should().Throw<UnusableImageException>().Which.Problem;
}
