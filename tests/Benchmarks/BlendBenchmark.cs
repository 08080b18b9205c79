using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using VisualChat.Pipeline.Images;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Benchmarks;

/// <summary>
/// A blend end to end by the published program, against a bare loop over its images and against
/// the released system's loader, on the same files and cores: <c>dotnet run -c Release --project
/// tests/Benchmarks -- blend FOLDER TOKENIZER [IMAGES]</c>. It copies the folder's photographs into
/// a LLaVA dataset of IMAGES images, each named by two records. Every image is a file of its own,
/// so none is decoded less often. The released loader's row needs python3 with Pillow, numpy and
/// sentencepiece (<c>PYTHON</c> names another interpreter).
/// </summary>
internal static class BlendBenchmark
{
    private const int Threads = 2;

    /// <summary>Prints the tables.</summary>
    /// <param name="args">
    /// The photographs' folder, a SentencePiece model, and the number of images.
    /// </param>
    /// <returns>The program's exit code.</returns>
    public static int Run(string[] args)
    {
        if (args.Length < 2)
        {
            Console.Error.WriteLine("Usage: blend FOLDER TOKENIZER [IMAGES]");
            return 2;
        }

        int images = args.Length > 2 ? int.Parse(args[2]) : 20_000;
        string root = Directory.CreateTempSubdirectory("visualchat-benchmark-").FullName;
        try
        {
            Publish(root);
            MakeCorpus(root, args[0], images);
            WriteRecipe(root, Path.GetFullPath(args[1]));
            Console.WriteLine(
                $"{images} photographs, each in two records; {Threads} threads or processes; wall seconds, best of 3");
            Console.WriteLine($"{"",-46}{"seconds",10}{"samples/s",12}{"ms a distinct image",22}");
            double bare = Best(root, null, () => PrepareAll(root));
            Row("bare loop: read, decode, resize, encode", bare, null, images);
            double resized = Best(root, "out", () => Blend(root, "twice", "resized"));
            Row("visualchat blend, store: resized", resized, 2 * images, images);
            Console.WriteLine($"  blend / bare loop: {resized / bare:F2}");
            if (PythonSamplesPerSecond(root, "--tokenizer", Path.GetFullPath(args[1])) is { } released
                && PythonSamplesPerSecond(root, "--pillow-only") is { } pillow)
            {
                Row("released loader's steps in Python", 2 * images / released, 2 * images, images);
                Console.WriteLine($"  blend / released loader, samples a second: {2 * images / resized / released:F1}");
                Row("Pillow's decode and crop alone", 2 * images / pillow, 2 * images, images);
            }

            double copied = Best(root, "copy", () => MeasuredProcess.Run(root, "cp", "-r", "data/images", "copy"));
            Row("cp of the photographs", copied, null, images);
            double original = Best(root, "out", () => Blend(root, "once", "original"));
            Row("visualchat blend, store: original", original, images, images);
            Console.WriteLine($"  blend / cp: {original / copied:F2}");
            return 0;
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static void Publish(string root)
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "VisualChat.sln")))
        {
            folder = Path.GetDirectoryName(folder)
                ?? throw new InvalidOperationException("Run this from the repository that it was built in.");
        }

        string program = Path.Combine(root, "program");
        MeasuredProcess.Run(folder, "dotnet", "publish", "pipeline", "-c", "Release", "-o", program);
    }

    private static void MakeCorpus(string root, string folder, int images)
    {
        string[] photographs = [.. Directory.GetFiles(folder, "*.jpg").Order(StringComparer.Ordinal)];
        Directory.CreateDirectory(Path.Combine(root, "data/images"));
        for (int image = 0; image < images; image++)
            File.Copy(photographs[image % photographs.Length], Path.Combine(root, $"data/images/{image:D6}.jpg"));
        foreach ((string name, int times) in new[] { ("once", 1), ("twice", 2) })
        {
            using FileStream file = File.Create(Path.Combine(root, $"data/{name}.json"));
            JsonSerializer.Serialize(file, Enumerable.Range(0, times * images).Select(record => new
            {
                id = $"{record}",
                image = $"{record % images:D6}.jpg",
                conversations = new[]
                {
                    new { from = "human", value = $"<image>\n{Question(record)}" },
                    new { from = "gpt", value = Answer },
                },
            }));
        }
    }

    private static string Question(int record) =>
        $"What is happening in picture {record}, and what may happen next?";

    /// <summary>As long as the answers of LLaVA's detailed descriptions.</summary>
    private static string Answer { get; } = string.Concat(Enumerable.Repeat(
        "In the picture several people stand beside a road and look at something that is out of view, "
        + "while a man in a red coat points to it. "
        + "One of them may cross the road soon, since the cars wait at a light that has turned red. ",
        3));

    private static void WriteRecipe(string root, string tokenizer) =>
        File.WriteAllText(Path.Combine(root, "recipe.yaml"), $$"""
        name: benchmark
        data:
          sources:
            - { name: photographs, format: llava, annotations: [twice.json], images: images }
        tokenizer: "{{tokenizer}}"
        """);

    private static void PrepareAll(string root)
    {
        var preparer = new ImagePreparer(new ImageSettings());
        string[] files = Directory.GetFiles(Path.Combine(root, "data/images"));
        var buffers = new PooledBuffers();
        Parallel.ForEach(files, new ParallelOptions { MaxDegreeOfParallelism = Threads }, file =>
        {
            using FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            PooledBytes encoded = buffers.Rent((int)stream.Length);
            stream.ReadExactly(encoded.Span);
            preparer.Prepare(encoded, buffers).Release();
            encoded.Release();
        });
    }

    private static void Blend(string root, string annotations, string store) => MeasuredProcess.Run(
        root,
        Path.Combine(root, "program/visualchat"),
        "blend",
        "recipe.yaml",
        "--data",
        "data",
        "--out",
        "out",
        "--workers",
        $"{Threads}",
        "--set",
        $"data.sources.0.annotations=[{annotations}.json]",
        "--set",
        $"images.store={store}");

    private static double? PythonSamplesPerSecond(string root, params string[] options)
    {
        string script = Path.Combine(AppContext.BaseDirectory, "released_loader.py");
        string python = Environment.GetEnvironmentVariable("PYTHON") ?? "python3";
        try
        {
            string[] arguments = [script, "data/images", "--workers", $"{Threads}", "--seconds", "8", .. options];
            string printed = MeasuredProcess.Run(root, python, arguments).Output;
            return double.Parse(printed.Split(": ")[1].Split(' ')[0]);
        }
        catch (Exception exception) when (exception is InvalidOperationException or Win32Exception)
        {
            Console.WriteLine($"released loader's steps in Python: not run ({exception.Message.Split('\n')[^1]})");
            return null;
        }
    }

    // What the last round made is deleted before the clock starts.
    private static double Best(string root, string? made, Action work)
    {
        double best = double.MaxValue;
        for (int round = 0; round < 3; round++)
        {
            if (made is not null && Directory.Exists(Path.Combine(root, made)))
                Directory.Delete(Path.Combine(root, made), recursive: true);
            var watch = Stopwatch.StartNew();
            work();
            best = Math.Min(best, watch.Elapsed.TotalSeconds);
        }

        return best;
    }

    private static void Row(string name, double seconds, int? samples, int images)
    {
        string rate = samples is { } count ? $"{count / seconds:N0}" : "";
        Console.WriteLine($"{name,-46}{seconds,10:F2}{rate,12}{1000 * seconds / images,22:F2}");
    }
}
