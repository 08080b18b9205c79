using VisualChat.Pipeline.Images;

namespace VisualChat.Pipeline.Tests.Images;

/// <summary>Crops are those of Pillow and Hugging Face's CLIP preprocessing (expected by Data/images/make_golden.py).</summary>
public sealed class ClipCropParityTests
{
    public static TheoryData<string> Names() => [.. ImageData.Names()];

    /// <summary>The contract allows a mean of 0.3 and a maximum of 4 levels; lossy WebP alone needs any, for another libwebp's chroma upsampling.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void A_crop_is_that_of_Pillow_and_Hugging_Face(string name)
    {
        (int size, byte[] expected) = ImageData.Expected(name);
        byte[] crop = new ClipCrop(size).Crop(ImageData.Source(name));

        int[] differences = [.. crop.Zip(expected, (own, theirs) => Math.Abs(own - theirs))];
        differences.Max().Should().BeLessThanOrEqualTo(name == "lossy.webp" ? 4 : 0);
        differences.Average().Should().BeLessThan(0.3);
    }

    [Fact]
    public void Every_kind_of_image_has_its_golden_crop() => ImageData.Names().Should().HaveCount(52);
}
