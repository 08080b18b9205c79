using SkiaSharp;
using VisualChat.Pipeline.SampleWorld;

namespace VisualChat.Pipeline.Tests.SampleWorld;

public sealed class SceneRendererTests
{
    [Theory]
    [InlineData(ObjectColor.Red, 214, 32, 32)]
    [InlineData(ObjectColor.Green, 24, 128, 48)]
    [InlineData(ObjectColor.Blue, 30, 70, 210)]
    [InlineData(ObjectColor.Yellow, 250, 224, 40)]
    [InlineData(ObjectColor.Orange, 245, 130, 20)]
    [InlineData(ObjectColor.Purple, 130, 40, 160)]
    [InlineData(ObjectColor.Black, 15, 15, 15)]
    [InlineData(ObjectColor.White, 252, 252, 252)]
    public void An_object_has_its_color_in_the_middle_of_its_cell(ObjectColor color, int red, int green, int blue)
    {
        var item = new SceneObject(Shape.Square, color, ObjectSize.Large, 2, 1, 0, 0);
        using SKBitmap picture = Draw(new Scene(320, 240, new Backdrop(BackdropStyle.Striped, 0, 99), [item]));

        // The grid is the central 240 x 240: its third column's middle is at 40 + 200.
        SKColor seen = picture.GetPixel(240, 120);

        // The noise is at most 5 levels; JPEG adds a few.
        ((int)seen.Red).Should().BeCloseTo(red, 12);
        ((int)seen.Green).Should().BeCloseTo(green, 12);
        ((int)seen.Blue).Should().BeCloseTo(blue, 12);
    }

    [Fact]
    public void A_large_object_is_twice_as_wide_as_a_small_one_and_both_stay_in_their_cells()
    {
        var plain = new Backdrop(BackdropStyle.Plain, 0, 0);
        int Width(ObjectSize size)
        {
            using SKBitmap picture = Draw(
                new Scene(240, 240, plain, [new SceneObject(Shape.Square, ObjectColor.Black, size, 0, 0, 10, 10)]));
            return Enumerable.Range(0, 240).Count(x => picture.GetPixel(x, 48).Red < 80);
        }

        Width(ObjectSize.Large).Should().BeCloseTo(46, 1);
        Width(ObjectSize.Small).Should().BeCloseTo(23, 1);
    }

    [Theory]
    [InlineData(Shape.Circle)]
    [InlineData(Shape.Square)]
    [InlineData(Shape.Triangle)]
    [InlineData(Shape.Star)]
    [InlineData(Shape.Ring)]
    [InlineData(Shape.Cross)]
    [InlineData(Shape.Diamond)]
    [InlineData(Shape.Heart)]
    public void A_large_shape_with_the_largest_shift_does_not_leave_its_cell(Shape shape)
    {
        var item = new SceneObject(shape, ObjectColor.Black, ObjectSize.Large, 1, 1, 10, -10);
        using SKBitmap picture = Draw(new Scene(240, 240, new Backdrop(BackdropStyle.Plain, 0, 0), [item]));
        (int X, int Y)[] dark =
        [
            .. from x in Enumerable.Range(0, 240) from y in Enumerable.Range(0, 240) where picture.GetPixel(x, y)
                .Red < 80 select (x, y),
        ];
        dark.Length.Should().BeGreaterThan(400);
        dark.Should().OnlyContain(pixel => pixel.X >= 80 && pixel.X < 160 && pixel.Y >= 80 && pixel.Y < 160);
    }

    private static SKBitmap Draw(Scene scene) => SKBitmap.Decode(SceneRenderer.RenderJpeg(scene));
}
