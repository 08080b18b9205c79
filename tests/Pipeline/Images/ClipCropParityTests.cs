using VisualChat.Pipeline.Images;

namespace VisualChat.Pipeline.Tests.Images;

/// <summary>
/// Crops are those of Pillow and Hugging Face's CLIP preprocessing (expected by
/// Data/images/make_golden.py).
/// </summary>
public sealed class ClipCropParityTests
{
    public static TheoryData<string> Names() => [.. ImageData.Names()];

    /// <summary>
    /// The contract allows a mean of 0.3 and a maximum of 4 levels. Lossy WebP needs it, for
    /// another libwebp's chroma upsampling; two JPEGs are one level off in places, by Skia's colour
    /// conversion at the window's edge. All other kinds are equal.
    /// </summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void A_crop_is_that_of_Pillow_and_Hugging_Face(string name)
    {
        (int size, byte[] expected) = ImageData.Expected(name);
        byte[] crop = new ClipCrop(size).Crop(ImageData.Source(name));

        double[] differences = crop.DifferencesFrom(expected);
        int allowed = name switch { "lossy.webp" => 4, "wide.jpg" or "odd-crop.jpg" => 1, _ => 0 };
        differences.Max().Should().BeLessThanOrEqualTo(allowed);
        differences.Average().Should().BeLessThan(0.3);
    }

    [Fact]
    public void Every_source_has_a_golden_crop_and_every_golden_crop_a_source() =>
        ImageData.Names().Should().NotBeEmpty().And.Equal(ImageData.NamesOfExpected());
}
