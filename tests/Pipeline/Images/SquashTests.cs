using VisualChat.Pipeline.Images;
using VisualChat.Pipeline.Recipes;

namespace VisualChat.Pipeline.Tests.Images;

/// <summary>
/// Expected pixels are worked out here in double, from Pillow's definition of its bicubic filter.
/// </summary>
public sealed class SquashTests
{
    private const int Size = 12;

    private static readonly ImageFrame Squashed = new(Size, ImageResize.Squash);

    [Theory]
    [InlineData(40, 9)]
    [InlineData(7, 33)]
    [InlineData(5, 4)]
    [InlineData(12, 12)]
    public void Both_sides_are_resized_to_the_square(int width, int height)
    {
        byte[] rgb = Noise(width, height);
        byte[] squashed = new ClipCrop(Squashed).Crop(Ppm(rgb, width, height));
        byte[] expected = Resize(Resize(rgb, width, height, across: true), Size, height, across: false);

        // Weights of 22 bits round another way than double's in places.
        squashed.DifferencesFrom(expected).Max().Should().BeLessThanOrEqualTo(1);
        squashed.DifferencesFrom(expected).Average().Should().BeLessThan(0.01);
    }

    [Fact]
    public void A_square_image_is_the_same_squashed_and_cropped()
    {
        byte[] image = Ppm(Noise(30, 30), 30, 30);
        new ClipCrop(Squashed).Crop(image).Should().Equal(new ClipCrop(Size).Crop(image));
    }

    [Fact]
    public void A_stored_original_is_squashed_for_a_recipe_that_squashes_and_a_stored_crop_stays_as_it_is()
    {
        byte[] image = Ppm(Noise(40, 9), 40, 9), crop = Noise(Size, Size);
        StoredImage.ToRgb(image, Squashed).Should().Equal(new ClipCrop(Squashed).Crop(image))
            .And.NotEqual(StoredImage.ToRgb(image, Size));
        StoredImage.ToRgb(Ppm(crop, Size, Size), Squashed).Should().Equal(crop);
    }

    private static byte[] Noise(int width, int height)
    {
        byte[] rgb = new byte[3 * width * height];
        new Random(1).NextBytes(rgb);
        return rgb;
    }

    private static byte[] Ppm(byte[] rgb, int width, int height) =>
        [.. System.Text.Encoding.ASCII.GetBytes($"P6\n{width} {height}\n255\n"), .. rgb];

    // One pass, rounded to 8 bits.
    private static byte[] Resize(byte[] rgb, int width, int height, bool across)
    {
        int input = across ? width : height, columns = across ? Size : width, rows = across ? height : Size;
        double scale = (double)input / Size, filter = Math.Max(scale, 1), support = 2 * filter;
        byte[] resized = new byte[3 * columns * rows];
        for (int to = 0; to < Size; to++)
        {
            double centre = (to + 0.5) * scale;
            int first = Math.Max(0, (int)(centre - support + 0.5));
            int last = Math.Min(input, (int)(centre + support + 0.5));
            double[] weights =
                [.. Enumerable.Range(first, last - first).Select(from => Bicubic((from - centre + 0.5) / filter))];
            double sum = weights.Sum();
            for (int other = 0; other < (across ? rows : columns); other++)
            {
                for (int channel = 0; channel < 3; channel++)
                {
                    double level = 0;
                    for (int tap = 0; tap < weights.Length; tap++)
                    {
                        int pixel = across ? (other * width) + first + tap : ((first + tap) * width) + other;
                        level += weights[tap] / sum * rgb[(3 * pixel) + channel];
                    }

                    int place = across ? (other * columns) + to : (to * columns) + other;
                    resized[(3 * place) + channel] = (byte)Math.Clamp(Math.Floor(level + 0.5), 0, 255);
                }
            }
        }

        return resized;
    }

    private static double Bicubic(double x)
    {
        const double A = -0.5;
        x = Math.Abs(x);
        if (x < 1)
            return ((((A + 2) * x) - (A + 3)) * x * x) + 1;
        return x < 2 ? ((((x - 5) * x) + 8) * x - 4) * A : 0;
    }
}
