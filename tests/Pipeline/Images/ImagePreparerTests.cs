using SkiaSharp;
using VisualChat.Pipeline.Images;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Tests.Images;

/// <summary>
/// What a shard holds of an image, and that reading it back gives what was prepared.
/// </summary>
public sealed class ImagePreparerTests
{
    private static readonly string[] Names =
        ["portrait.jpg", "odd-422.jpg", "small-444.jpg", "gray.jpg", "bilevel.png", "dot.jpg", "rgb-16.png"];

    [Theory]
    [InlineData(ImageEncoding.Png, "png")]
    [InlineData(ImageEncoding.Webp, "webp")]
    [InlineData(ImageEncoding.Ppm, "ppm")]
    public void A_lossless_crop_reads_back_as_it_was(ImageEncoding encoding, string format)
    {
        foreach (int size in new[] { 5, 56, 57, 224 })
        {
            var preparer = new ImagePreparer(new ImageSettings { Size = size, Encoding = encoding });
            foreach (string name in Names)
            {
                byte[] stored = preparer.Prepare(ImageData.Source(name));
                ImageProbe.Check(stored).Should().Be(new ImageHeader(format, size, size));
                byte[] crop = new ClipCrop(size).Crop(ImageData.Source(name));
                StoredImage.ToRgb(stored, size).Should().Equal(crop, "{0} at {1}", name, size);
            }
        }
    }

    [Fact]
    public void Another_library_reads_the_PNG_as_it_was()
    {
        foreach (int size in new[] { 5, 57, 224 })
        {
            var preparer = new ImagePreparer(new ImageSettings { Size = size, Encoding = ImageEncoding.Png });
            foreach (string name in Names)
            {
                using var bitmap = SKBitmap.Decode(preparer.Prepare(ImageData.Source(name)));
                bitmap.Pixels.SelectMany(pixel => new[] { pixel.Red, pixel.Green, pixel.Blue })
                    .Should().Equal(new ClipCrop(size).Crop(ImageData.Source(name)), "{0} at {1}", name, size);
            }
        }
    }

    [Fact]
    public void A_JPEG_crop_differs_by_a_level_or_two_on_average()
    {
        var preparer = new ImagePreparer(new ImageSettings { Encoding = ImageEncoding.Jpeg });
        byte[] stored = preparer.Prepare(ImageData.Source("portrait.jpg"));
        ImageProbe.Check(stored).Should().Be(new ImageHeader("jpeg", 224, 224));
        byte[] exact = new ClipCrop(224).Crop(ImageData.Source("portrait.jpg"));
        StoredImage.ToRgb(stored, 224).DifferencesFrom(exact).Average().Should().BeInRange(0.01, 2);
    }

    [Theory]
    [InlineData(ImageEncoding.Png)]
    [InlineData(ImageEncoding.Jpeg)]
    [InlineData(ImageEncoding.Webp)]
    [InlineData(ImageEncoding.Ppm)]
    public void Many_threads_prepare_the_same_bytes(ImageEncoding encoding)
    {
        var preparer = new ImagePreparer(new ImageSettings { Size = 56, Encoding = encoding });
        byte[][] sources =
        [
            .. ImageData.Names()
                .Where(name => !name.StartsWith("tall") && !name.StartsWith("wide"))
                .Select(ImageData.Source),
        ];
        byte[][] alone = [.. sources.Select(preparer.Prepare)];
        byte[][] together =
        [
            .. Enumerable.Range(0, 3)
                .SelectMany(_ => sources)
                .AsParallel().AsOrdered().WithDegreeOfParallelism(4)
                .Select(preparer.Prepare),
        ];
        for (int i = 0; i < together.Length; i++)
            together[i].Should().Equal(alone[i % alone.Length]);
    }

    [Fact]
    public void The_source_itself_is_kept_where_originals_are_stored_and_read_by_cropping()
    {
        var source = new PooledBytes(ImageData.Source("orientation-6.jpg"));
        var preparer = new ImagePreparer(new ImageSettings { Store = ImageStore.Original });
        PooledBytes stored = preparer.Prepare(source, new PooledBuffers());
        stored.Should().BeSameAs(source);
        (int size, byte[] expected) = ImageData.Expected("orientation-6.jpg");
        StoredImage.ToRgb(stored.Memory.Span, size).Should().Equal(expected);
    }

    [Fact]
    public void An_original_that_is_cut_off_is_rejected()
    {
        byte[] source = ImageData.Source("portrait.jpg");
        var preparer = new ImagePreparer(new ImageSettings { Store = ImageStore.Original });
        FluentActions.Invoking(() => preparer.Prepare(source[..2000]))
            .Should().Throw<UnusableImageException>().Which.Problem.Should().Be(ImageProblem.Damaged);
    }

    [Fact]
    public void An_original_whose_headers_are_whole_and_whose_pixels_are_not_is_rejected()
    {
        byte[] png = DamagedImages.WithHalfOfItsData(ImageData.Source("rgb.png"));
        var preparer = new ImagePreparer(new ImageSettings { Store = ImageStore.Original });
        FluentActions.Invoking(() => preparer.Prepare(png))
            .Should().Throw<UnusableImageException>()
            .Which.Detail.Should().Be("the PNG ends inside its image data: it was cut off");
    }

    [Fact]
    public void A_stored_crop_of_another_size_is_resized()
    {
        byte[] stored = new ImagePreparer(new ImageSettings { Size = 57 }).Prepare(ImageData.Source("portrait.jpg"));
        StoredImage.ToRgb(stored, 56).Should().Equal(new ClipCrop(56).Crop(stored));
    }
}
