using VisualChat.Pipeline.Randomness;

namespace VisualChat.Pipeline.SampleWorld;

/// <summary>Draws scenes at random.</summary>
internal static class SceneDrawing
{
    private const int ShortSidePixels = 240;

    // Landscape, portrait and square, as photographs come.
    private static readonly (int Width, int Height)[] Frames =
        [
            (320, ShortSidePixels),
            (320, ShortSidePixels),
            (ShortSidePixels, 320),
            (ShortSidePixels, ShortSidePixels),
            (360, ShortSidePixels),
            (ShortSidePixels, 300),
        ];

    /// <summary>
    /// A scene of <paramref name="fewest"/> to <paramref name="most"/> objects on the wanted side
    /// of the held-out split.
    /// </summary>
    public static Scene Draw(ref KeyedRandom random, int fewest, int most, bool heldOut)
    {
        while (true)
        {
            Scene scene = Empty(ref random).With(Objects(ref random, random.NextInclusive(fewest, most)));
            if (scene.IsHeldOut == heldOut)
                return scene;
        }
    }

    /// <summary>A picture with nothing in it.</summary>
    public static Scene Empty(ref KeyedRandom random)
    {
        (int width, int height) = Frames[random.Next(Frames.Length)];
        return new Scene(width, height, DrawBackdrop(ref random), []);
    }

    /// <summary>Any object, in a cell.</summary>
    public static SceneObject DrawObject(ref KeyedRandom random, int cell) =>
        new SceneObject(
            (Shape)random.Next(8),
            (ObjectColor)random.Next(8),
            (ObjectSize)random.Next(2),
            0,
            0,
            Shift(ref random),
            Shift(ref random))
            .At(cell);

    // A scene has a few shapes and a few colors only, so that they recur and there is something to
    // count and to tell apart.
    private static SceneObject[] Objects(ref KeyedRandom random, int count)
    {
        Span<Shape> shapes = Enum.GetValues<Shape>();
        Span<ObjectColor> colors = Enum.GetValues<ObjectColor>();
        Span<int> cells = [0, 1, 2, 3, 4, 5, 6, 7, 8];
        random.Shuffle(shapes);
        random.Shuffle(colors);
        random.Shuffle(cells);
        int shapeCount = random.NextInclusive(2, 4);
        int colorCount = random.NextInclusive(2, 4);
        var objects = new SceneObject[count];
        for (int index = 0; index < count; index++)
        {
            objects[index] = DrawObject(ref random, cells[index]) with
            {
                Shape = shapes[random.Next(shapeCount)],
                Color = colors[random.Next(colorCount)],
            };
        }

        return objects;
    }

    private static Backdrop DrawBackdrop(ref KeyedRandom random) =>
        new(
            (BackdropStyle)random.Next(4),
            random.Next(Backdrop.Tones),
            random.Next(2) == 0 ? 0 : (uint)random.NextInclusive(1, int.MaxValue - 1));

    private static int Shift(ref KeyedRandom random) => random.NextInclusive(-10, 10);
}
