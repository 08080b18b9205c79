using System.Diagnostics;
using System.Globalization;
using VisualChat.Pipeline.DataLoading;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Shards;
using VisualChat.Pipeline.Sources;
using VisualChat.Pipeline.Tokens;

namespace VisualChat.Benchmarks;

/// <summary>
/// The feed with nothing behind it but the writing of pixels: <c>feed FOLDER [SECONDS]</c> takes
/// updates of 32 samples of a blend's training split, epoch after epoch, with one worker and with
/// one a core, and prints the memory at a quarter of the time and at its end. The program's own
/// collector settings, for the memory a training sees: <c>DOTNET_GCConserveMemory=7</c>.
/// </summary>
public static class FeedBenchmark
{
    private const int Batch = 32;
    private const int MicroBatch = 8;

    /// <summary>Prints the table.</summary>
    /// <returns>The program's exit code.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        if (args.Length == 0)
        {
            Console.Error.WriteLine("Usage: feed FOLDER [SECONDS]");
            return 2;
        }

        var duration = TimeSpan.FromSeconds(args.Length > 1 ? double.Parse(args[1], CultureInfo.InvariantCulture) : 10);
        Recipe recipe = RecipeReader.Read(Path.Combine(args[0], "recipe.yaml"), [], SourceRegistry.Names);
        TrainingShards shards = TrainingShards.Open(args[0], recipe, SentencePieceTokenizer.Load(Path.Combine(args[0], "tokenizer.model")));
        var watch = Stopwatch.StartNew();
        await shards.VerifyAsync(Environment.ProcessorCount, null, default);
        double megabytes = shards.Manifest.Shards.Sum(shard => shard.Bytes) / 1e6;
        Console.WriteLine($"checksums: {megabytes:N0} MB in {watch.Elapsed.TotalSeconds:F2} s, {megabytes / watch.Elapsed.TotalSeconds:N0} MB/s");
        Console.WriteLine($"{"workers",8}{"first ms",10}{"samples/s",11}{"images/s",10}{"MB at 1/4",11}{"MB at end",11}");
        foreach (int workers in new[] { 1, Environment.ProcessorCount }.Distinct())
            await RowAsync(shards, recipe, workers, duration);
        return 0;
    }

    private static async Task RowAsync(TrainingShards shards, Recipe recipe, int workers, TimeSpan duration)
    {
        var settings = new DataLoaderSettings { Batch = Batch, MicroBatch = MicroBatch, ImageSize = recipe.Images.Size, Seed = recipe.Seed, Workers = workers };
        ShardDataLoader feed = await ShardDataLoader.OpenAsync(shards, ShardSet.Train, settings, default);
        using var stop = new CancellationTokenSource();
        float[] pixels = [];
        long samples = 0, images = 0;
        double firstMilliseconds = 0, quarterMegabytes = 0;
        var watch = Stopwatch.StartNew();
        await foreach (LoadedUpdate update in feed.Start(LoaderPosition.Start, int.MaxValue, stop.Token).ReadAllAsync(default))
        {
            if (samples == 0)
                firstMilliseconds = watch.Elapsed.TotalMilliseconds;
            foreach (LoadedMicroBatch batch in update.MicroBatches)
            {
                int values = (int)batch.PixelShape.Aggregate((product, length) => product * length);
                if (pixels.Length < values)
                    pixels = new float[values];
                batch.WritePixels(pixels.AsSpan(0, values));
                samples += batch.Samples.Count;
                images += batch.Images;
            }

            if (quarterMegabytes == 0 && watch.Elapsed > duration / 4)
                quarterMegabytes = Megabytes();
            if (watch.Elapsed > duration)
                break;
        }

        double seconds = watch.Elapsed.TotalSeconds;
        Console.WriteLine($"{workers,8}{firstMilliseconds,10:N0}{samples / seconds,11:N0}{images / seconds,10:N0}{quarterMegabytes,11:N0}{Megabytes(),11:N0}");
        await stop.CancelAsync();
    }

    private static double Megabytes()
    {
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64 / 1e6;
    }
}
