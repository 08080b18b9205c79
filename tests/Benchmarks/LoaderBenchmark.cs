using System.Diagnostics;
using System.Threading.Channels;
using VisualChat.Pipeline.Cache;
using VisualChat.Pipeline.DataLoading;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Shards;
using VisualChat.Pipeline.Sources;
using VisualChat.Pipeline.Tokens;

namespace VisualChat.Benchmarks;

/// <summary>
/// Measures the data loader alone: <c>loader FOLDER [SECONDS]</c>
/// takes updates of 32 samples of a blend's training split, epoch after epoch, with one worker and
/// with one per core. It prints the memory after a quarter of the time and at the end. For the
/// memory that a training sees, set the program's own collector settings:
/// <c>DOTNET_GCConserveMemory=7</c>.
/// </summary>
internal static class LoaderBenchmark
{
    private const int Batch = 32;
    private const int MicroBatch = 8;

    /// <returns>The program's exit code.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        if (args.Length == 0)
        {
            Console.Error.WriteLine("Usage: loader FOLDER [SECONDS]");
            return 2;
        }

        var duration = TimeSpan.FromSeconds(args.Length > 1 ? double.Parse(args[1]) : 10);
        string folder = args[0];
        Recipe recipe = RecipeReader.Read(Path.Combine(folder, "recipe.yaml"), [], SourceRegistry.Names);
        var tokenizer = SentencePieceTokenizer.Load(Path.Combine(folder, "tokenizer.model"));
        TrainingShards shards = TrainingShards.Open(folder, recipe, tokenizer);
        var watch = Stopwatch.StartNew();
        await shards.VerifyAsync(split: null, CacheFolder.OfUser().Hashes(TextWriter.Null), null, default);
        double seconds = watch.Elapsed.TotalSeconds;
        double megabytes = shards.Manifest.Shards.Sum(shard => shard.Bytes) / 1e6;
        Console.WriteLine($"checksums: {megabytes:N0} MB in {seconds:F2} s, {megabytes / seconds:N0} MB/s");
        Console.WriteLine(
            $"{"workers",8}{"first ms",10}{"samples/s",11}{"images/s",10}{"MB at 1/4",11}{"MB at end",11}");
        foreach (int workers in new[] { 1, Environment.ProcessorCount }.Distinct())
            await RowAsync(shards, recipe, workers, duration);
        return 0;
    }

    private static async Task RowAsync(TrainingShards shards, Recipe recipe, int workers, TimeSpan duration)
    {
        var settings = new DataLoaderSettings
        {
            Batch = Batch,
            Cut = new SampleCut(MicroBatch),
            Frame = recipe.Images.Frame,
            Seed = recipe.Seed,
            Workers = workers,
        };
        ShardDataLoader loader = await ShardDataLoader.OpenAsync(shards, ShardSet.Train, settings, default);
        using var stop = new CancellationTokenSource();
        long samples = 0, images = 0;
        double firstMilliseconds = 0, quarterMegabytes = 0;
        var watch = Stopwatch.StartNew();
        ChannelReader<LoadedUpdate> updates = loader.Start(LoaderPosition.Start, int.MaxValue, stop.Token);
        await foreach (LoadedUpdate update in updates.ReadAllAsync(default))
        {
            if (samples == 0)
                firstMilliseconds = watch.Elapsed.TotalMilliseconds;
            foreach (LoadedMicroBatch batch in update.MicroBatches)
            {
                samples += batch.Samples.Count;
                images += batch.Images;
            }

            if (quarterMegabytes == 0 && watch.Elapsed > duration / 4)
                quarterMegabytes = Megabytes();
            if (watch.Elapsed > duration)
                break;
        }

        double seconds = watch.Elapsed.TotalSeconds;
        string rates = $"{samples / seconds,11:N0}{images / seconds,10:N0}";
        string memory = $"{quarterMegabytes,11:N0}{Megabytes(),11:N0}";
        Console.WriteLine($"{workers,8}{firstMilliseconds,10:N0}{rates}{memory}");
        await stop.CancelAsync();
    }

    private static double Megabytes()
    {
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64 / 1e6;
    }
}
