using VisualChat.Pipeline.Images;

namespace VisualChat.Pipeline.Tests.Images;

/// <summary>The same picture gives the same crop, whatever kind of file holds it.</summary>
public sealed class ImageKindTests
{
    [Theory]
    [InlineData("rgb-interlaced.png")]
    [InlineData("rgb-16-interlaced.png")]
    [InlineData("rgb.webp")]
    [InlineData("os2.bmp")]
    [InlineData("tiles.tiff")]
    [InlineData("lzw-differences.tiff")]
    [InlineData("packbits.tiff")]
    [InlineData("rgb-16.tiff")]
    [InlineData("rgba.tiff")]
    [InlineData("cmyk-tiles.tiff")]
    [InlineData("pages.tiff")]
    public void A_file_without_loss_gives_the_crop_of_the_PNG_it_was_made_of(string name) =>
        Crop(ImageData.Kind(name)).Should().Equal(Crop(ImageData.Source("rgb.png")));

    [Fact]
    public void A_TIFF_is_turned_as_it_says() =>
        Crop(ImageData.Kind("orientation-6.tiff")).Should().Equal(Crop(ImageData.Source("orientation-6.png")));

    [Theory]
    [InlineData("gray.tiff", "gray-interlaced.png")]
    [InlineData("gray-white-is-zero.tiff", "gray-interlaced.png")]
    [InlineData("gray-alpha.tiff", "gray-interlaced.png")]
    [InlineData("gray-alpha-16.tiff", "gray-interlaced.png")]
    [InlineData("fax.tiff", "bilevel.tiff")]
    [InlineData("fax-white-is-zero.tiff", "bilevel.tiff")]
    [InlineData("interlaced.gif", "plain.gif")]
    [InlineData("animated.webp", "rgba.webp")]
    [InlineData("restarts.jpg", "restarts-none.jpg")]
    [InlineData("jpeg.tiff", "jpeg.png")]
    [InlineData("jpeg-tiles.tiff", "jpeg-tiles.png")]
    public void Two_files_of_a_picture_give_the_same_crop(string name, string same) =>
        Crop(ImageData.Kind(name)).Should().Equal(Crop(ImageData.Kind(same)));

    [Fact]
    public void Restart_markers_are_in_one_JPEG_only()
    {
        ReadOnlySpan<byte> marker = [0xFF, 0xDD];
        ImageData.Kind("restarts.jpg").AsSpan().IndexOf(marker).Should().BePositive();
        ImageData.Kind("restarts-none.jpg").AsSpan().IndexOf(marker).Should().BeNegative();
    }

    [Theory]
    [InlineData("float.tiff", "the tiff has samples that are not unsigned integers")]
    [InlineData("webp.tiff", "the tiff does not decode")]
    public void A_kind_of_TIFF_that_is_not_decoded_is_refused(string name, string detail) =>
        FluentActions.Invoking(() => Crop(ImageData.Kind(name)))
            .Should().Throw<UnusableImageException>().Which.Detail.Should().Be(detail);

    private static byte[] Crop(byte[] encoded) => new ClipCrop(56).Crop(encoded);
}
