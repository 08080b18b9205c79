using SkiaSharp;

namespace VisualChat.Pipeline.SampleWorld;

/// <summary>
/// Draws a scene on the processor and encodes it as JPEG. No text, no fonts, no graphics card: the
/// same library version gives the same bytes. Costs two to three milliseconds of a core a picture
/// of 320 x 240; four fifths of that is the JPEG encoder, which is the floor.
/// </summary>
internal static class SceneRenderer
{
    private const int JpegQuality = 90;
    private const float LargeRadius = 0.36f; // in cells: with the largest shift, still inside its own cell
    private const float SmallRadius = 0.18f;
    private const int PatternStep = 14; // levels of 255: seen, but no object's color
    private const int GrainStep = 5;

    private static readonly SKColor[] Paints =
    [
        new(214, 32, 32), new(24, 128, 48), new(30, 70, 210), new(250, 224, 40),
        new(245, 130, 20), new(130, 40, 160), new(15, 15, 15), new(252, 252, 252),
    ];

    private static readonly SKColor[] Tones =
    [
        new(156, 156, 156), new(132, 150, 168), new(176, 162, 146), new(148, 162, 150),
    ];

    private static readonly SKJpegEncoderOptions Encoding = new(
        JpegQuality, SKJpegEncoderDownsample.Downsample444, SKJpegEncoderAlphaOption.Ignore);

    /// <summary>The scene as a JPEG file's bytes. Safe on many threads.</summary>
    public static byte[] RenderJpeg(Scene scene)
    {
        var layout = new SKImageInfo(scene.Width, scene.Height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        using SKSurface surface = SKSurface.Create(layout);
        SKCanvas canvas = surface.Canvas;
        DrawBackdrop(canvas, scene);
        float cell = Math.Min(scene.Width, scene.Height) / (float)Scene.GridSide;
        float left = (scene.Width - (cell * Scene.GridSide)) / 2;
        float top = (scene.Height - (cell * Scene.GridSide)) / 2;
        using var paint = new SKPaint { IsAntialias = true };
        foreach (SceneObject item in scene.Objects)
        {
            paint.Color = Paints[(int)item.Color];
            using SKPath outline = Outline(item.Shape);
            canvas.Save();
            canvas.Translate(
                left + (cell * (item.Column + 0.5f + (item.ShiftX / 100f))),
                top + (cell * (item.Row + 0.5f + (item.ShiftY / 100f))));
            canvas.Scale(cell * (item.Size == ObjectSize.Large ? LargeRadius : SmallRadius));
            canvas.DrawPath(outline, paint);
            canvas.Restore();
        }

        canvas.Flush();
        using SKPixmap pixels = surface.PeekPixels();
        if (scene.Backdrop.Grain != 0)
            AddGrain(pixels, scene.Backdrop.Grain);
        using SKData jpeg = pixels.Encode(Encoding);
        return jpeg.ToArray();
    }

    private static void DrawBackdrop(SKCanvas canvas, Scene scene)
    {
        SKColor tone = Tones[scene.Backdrop.Tone];
        SKColor light = Lighter(tone, PatternStep);
        SKColor dark = Lighter(tone, -PatternStep);
        using var paint = new SKPaint { IsAntialias = true, Color = light };
        canvas.Clear(tone);
        switch (scene.Backdrop.Style)
        {
            case BackdropStyle.Shaded:
                using (SKShader shader = SKShader.CreateLinearGradient(
                    new SKPoint(0, 0),
                    new SKPoint(0, scene.Height),
                    [Lighter(tone, 2 * PatternStep), Lighter(tone, -2 * PatternStep)],
                    null,
                    SKShaderTileMode.Clamp))
                {
                    paint.Shader = shader;
                    canvas.DrawPaint(paint);
                }

                break;
            case BackdropStyle.Striped:
                paint.StrokeWidth = 12;
                for (int x = -scene.Height; x < scene.Width; x += 30)
                    canvas.DrawLine(x, scene.Height, x + scene.Height, 0, paint);
                break;
            case BackdropStyle.Checkered:
                canvas.Clear(dark);
                for (int y = 0; y < scene.Height; y += 20)
                {
                    for (int x = y / 20 % 2 * 20; x < scene.Width; x += 40)
                        canvas.DrawRect(x, y, 20, 20, paint);
                }

                break;
            default:
                break;
        }
    }

    private static SKColor Lighter(SKColor color, int levels) =>
        new((byte)(color.Red + levels), (byte)(color.Green + levels), (byte)(color.Blue + levels));

    // A shape in a disc of radius 1 around the origin, y down; areas are close enough that none but
    // the size tells large from small.
    private static SKPath Outline(Shape shape)
    {
        var path = new SKPath();
        switch (shape)
        {
            case Shape.Circle:
                path.AddCircle(0, 0, 0.92f);
                break;
            case Shape.Square:
                path.AddRect(new SKRect(-0.8f, -0.8f, 0.8f, 0.8f));
                break;
            case Shape.Triangle:
                path.AddPoly([new(0, -0.92f), new(1, 0.82f), new(-1, 0.82f)]);
                break;
            case Shape.Star:
                path.AddPoly(StarCorners());
                break;
            case Shape.Ring:
                path.FillType = SKPathFillType.EvenOdd;
                path.AddCircle(0, 0, 0.96f);
                path.AddCircle(0, 0, 0.52f);
                break;
            case Shape.Cross:
                path.AddPoly(
                [
                    new(-0.3f, -0.95f),
                    new(0.3f, -0.95f),
                    new(0.3f, -0.3f),
                    new(0.95f, -0.3f),
                    new(0.95f, 0.3f),
                    new(0.3f, 0.3f),
                    new(0.3f, 0.95f),
                    new(-0.3f, 0.95f),
                    new(-0.3f, 0.3f),
                    new(-0.95f, 0.3f),
                    new(-0.95f, -0.3f),
                    new(-0.3f, -0.3f),
                ]);
                break;
            case Shape.Diamond:
                path.AddPoly([new(0, -1), new(0.7f, 0), new(0, 1), new(-0.7f, 0)]);
                break;
            default:
                path.MoveTo(0, 0.95f);
                path.CubicTo(-1.6f, -0.15f, -0.75f, -1.45f, 0, -0.45f);
                path.CubicTo(0.75f, -1.45f, 1.6f, -0.15f, 0, 0.95f);
                path.Close();
                break;
        }

        return path;
    }

    private static SKPoint[] StarCorners()
    {
        var corners = new SKPoint[10];
        for (int corner = 0; corner < corners.Length; corner++)
        {
            double radius = corner % 2 == 0 ? 1 : 0.42;
            (double sine, double cosine) = Math.SinCos(Math.PI * corner / 5);
            corners[corner] = new SKPoint((float)(radius * sine), (float)(-radius * cosine));
        }

        return corners;
    }

    // Light noise, as a camera's: every pixel a few levels lighter or darker, from a xorshift
    // generator (Marsaglia, 2003).
    private static unsafe void AddGrain(SKPixmap pixels, uint seed)
    {
        var all = new Span<uint>((void*)pixels.GetPixels(), pixels.Width * pixels.Height);
        uint state = seed;
        for (int index = 0; index < all.Length; index++)
        {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            int levels = (int)(state >> 16) % ((2 * GrainStep) + 1) - GrainStep;
            uint pixel = all[index];
            all[index] = 0xFF000000 | Add(pixel, 0, levels) | Add(pixel, 8, levels) | Add(pixel, 16, levels);
        }
    }

    private static uint Add(uint pixel, int shift, int levels) =>
        (uint)Math.Clamp((int)((pixel >> shift) & 255) + levels, 0, 255) << shift;
}
