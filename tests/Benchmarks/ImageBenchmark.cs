using System.Diagnostics;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats.Jpeg;
using SixLabors.ImageSharp.PixelFormats;
using SkiaSharp;
using VisualChat.Pipeline.Images;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Benchmarks;

/// <summary>
/// Images prepared a second, by step and by encoding, with one and two threads: <c>dotnet run -c
/// Release --project tests/Benchmarks -- images [FOLDER] [SIZE]</c>. Without a folder, generated
/// 640 x 480 JPEGs of quality 90. Rows of one run compare; the machine's other work moves them all,
/// the processor time an image takes the least.
/// </summary>
internal static class ImageBenchmark
{
    private const double SecondsPerRow = 1.5;

    /// <summary>Prints the table.</summary>
    /// <param name="args">A folder of images and the crop's size, both optional.</param>
    /// <returns>The program's exit code.</returns>
    public static int Run(string[] args)
    {
        int size = args.Length > 1 ? int.Parse(args[1]) : 224;
        byte[][] images = args.Length > 0
            ? [.. Directory.GetFiles(args[0]).Order(StringComparer.Ordinal).Select(File.ReadAllBytes).Where(IsUsable)]
            : [.. Enumerable.Range(0, 32).Select(Generated)];
        if (images.Length == 0)
        {
            Console.Error.WriteLine("error: the folder holds no image");
            return 2;
        }

        double averageBytes = images.Average(image => image.Length);
        Console.WriteLine($"{images.Length} images, {averageBytes:N0} bytes on average; crop {size}; "
            + "CPU best of 3 rounds, rates median of 3");
        Console.WriteLine($"{"step",-30}{"CPU ms",10}{"1 thread/s",12}{"2 threads/s",13}{"bytes",10}");
        Row("whole decode, Skia", images, () => image => DecodeWithSkia(image));
        var crop = new ClipCrop(size);
        Row("decode + crop", images, () => image => crop.Crop(image).Length);
        foreach (ImageEncoding encoding in Enum.GetValues<ImageEncoding>())
        {
            var preparer = new ImagePreparer(new ImageSettings { Size = size, Encoding = encoding });
            var buffers = new PooledBuffers();
            byte[][] stored = Array.ConvertAll(
                images, image => preparer.Prepare(new PooledBytes(image), buffers).Memory.ToArray());
            Row($"decode + crop + {encoding}", images, () => Prepare, stored.Average(image => image.Length));
            Row($"read the stored {encoding}", stored, () => image => StoredImage.ToRgb(image, size).Length);

            int Prepare(byte[] image)
            {
                PooledBytes prepared = preparer.Prepare(new PooledBytes(image), buffers);
                prepared.Release();
                return prepared.Length;
            }
        }

        return 0;
    }

    private static void Row(string name, byte[][] images, Func<Func<byte[], int>> makeWork, double bytes = 0)
    {
        if (images.Length == 0)
            return;
        _ = Rate(images, makeWork, 1);
        double milliseconds = Enumerable.Range(0, 3).Min(_ => ProcessorTime(images, makeWork));
        double[] one = [Rate(images, makeWork, 1), Rate(images, makeWork, 1), Rate(images, makeWork, 1)];
        double[] two = [Rate(images, makeWork, 2), Rate(images, makeWork, 2), Rate(images, makeWork, 2)];
        string size = bytes > 0 ? bytes.ToString("N0") : "";
        Console.WriteLine(
            $"{name,-30}{milliseconds,10:N3}{one.Order().ElementAt(1),12:N0}{two.Order().ElementAt(1),13:N0}{size,10}");
    }

    /// <summary>
    /// Milliseconds of processor time an image takes, the libraries' threads included.
    /// </summary>
    private static double ProcessorTime(byte[][] images, Func<Func<byte[], int>> makeWork)
    {
        Func<byte[], int> work = makeWork();
        using var process = Process.GetCurrentProcess();
        TimeSpan before = process.TotalProcessorTime;
        foreach (byte[] image in images)
            _ = work(image);
        process.Refresh();
        return (process.TotalProcessorTime - before).TotalMilliseconds / images.Length;
    }

    private static double Rate(byte[][] images, Func<Func<byte[], int>> makeWork, int threads)
    {
        long done = 0;
        var watch = Stopwatch.StartNew();
        var workers = Enumerable.Range(0, threads).Select(worker => new Thread(() =>
        {
            Func<byte[], int> work = makeWork();
            long own = 0;
            for (int i = worker; watch.Elapsed.TotalSeconds < SecondsPerRow / 6; i = (i + 1) % images.Length, own++)
                _ = work(images[i]);
            Interlocked.Add(ref done, own);
        })).ToList();
        workers.ForEach(worker => worker.Start());
        workers.ForEach(worker => worker.Join());
        return done / watch.Elapsed.TotalSeconds;
    }

    private static int DecodeWithSkia(byte[] image)
    {
        using var bitmap = SKBitmap.Decode(image);
        return bitmap.Height;
    }

    private static bool IsUsable(byte[] image)
    {
        try
        {
            return ImageProbe.Check(image).Width > 0;
        }
        catch (UnusableImageException)
        {
            return false;
        }
    }

    /// <summary>
    /// Shapes, shades and grain in about the amount a photograph has: some 80 KB.
    /// </summary>
    private static byte[] Generated(int number)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(640, 480, SKColorType.Rgba8888, SKAlphaType.Opaque));
        var random = new Random(number);
        using (var canvas = new SKCanvas(bitmap))
        {
            using var paint = new SKPaint { IsAntialias = true };
            for (int shape = 0; shape < 120; shape++)
            {
                var from = new SKPoint(random.Next(640), random.Next(480));
                var to = new SKPoint(random.Next(640), random.Next(480));
                SKColor[] colours = [new((uint)random.Next() | 0xFF000000), new((uint)random.Next() | 0xFF000000)];
                paint.Shader = SKShader.CreateLinearGradient(from, to, colours, SKShaderTileMode.Mirror);
                canvas.DrawOval(from, new SKSize(random.Next(10, 200), random.Next(10, 160)), paint);
            }
        }

        byte[] pixels = bitmap.Bytes;
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)Math.Clamp(pixels[i] + random.Next(-9, 10), 0, 255);
        using var image = Image.LoadPixelData<Rgba32>(pixels, 640, 480);
        using var jpeg = new MemoryStream();
        image.Save(jpeg, new JpegEncoder { Quality = 90, ColorType = JpegColorType.YCbCrRatio420 });
        return jpeg.ToArray();
    }
}
