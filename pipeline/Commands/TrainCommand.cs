using System.CommandLine;
using VisualChat.Model;
using VisualChat.Model.Native;
using VisualChat.Pipeline.Blending;
using VisualChat.Pipeline.Conversations;
using VisualChat.Pipeline.DataLoading;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Scoring;
using VisualChat.Pipeline.Shards;
using VisualChat.Pipeline.Sources;
using VisualChat.Pipeline.Storage;
using VisualChat.Pipeline.Terminal.Screens;
using VisualChat.Pipeline.Threading;
using VisualChat.Pipeline.Tokens;
using VisualChat.Pipeline.Training;
using VisualChat.Pipeline.Training.Progress;

namespace VisualChat.Pipeline.Commands;

/// <summary>
/// <c>visualchat train RECIPE --out DIR</c>: blends what is not blended yet, and trains on it from
/// the newest checkpoint.
/// </summary>
internal static class TrainCommand
{
    public static Command Create(CommandConsole console)
    {
        var command = new Command(
            "train", "Train a recipe's model, on shards that are blended first where they are missing.")
        {
            CommonOptions.Recipe(),
            CommonOptions.Data(),
            CommonOptions.LinksMayLeadTo(),
            new Option<string>("--out")
            {
                HelpName = "DIR",
                Required = true,
                Description = "The folder for shards, checkpoints and curves. "
                    + "Running again continues an interrupted training.",
            },
            new Option<string?>("--shards")
            {
                HelpName = "DIR",
                Description = "The folder of the shards; OUT/shards when left out.",
            },
            CommonOptions.Device(),
            new Option<int?>("--max-steps")
            {
                HelpName = "N",
                Description = "Stop after step N, as if interrupted there.",
            },
            new Option<bool>("--fresh")
            {
                Description = "Throw away the folder's checkpoints, "
                    + "and its shards if they are another recipe's, and start over.",
            },
            new Option<bool>("--json")
            {
                Description = "Write one JSON line for each step, evaluation and checkpoint to standard output.",
            },
            CommonOptions.Set(),
        };
        command.SetAction((parsed, cancellation) => RunAsync(TrainOptions.From(parsed), console, cancellation));
        return command;
    }

    public static async Task<int> RunAsync(
        TrainOptions options, CommandConsole console, CancellationToken cancellation)
    {
        Recipe recipe = options.Recipe.Read();
        OutputPath.RequireFolder("--out", options.Output);

        // Before anything is thrown away or blended.
        string device = options.Device ?? ComputeDevice.Default();
        ComputeDevice.Require(device);
        var folder = new RunFolder(Path.GetFullPath(options.Output));
        using IDisposable taken = folder.Take();
        AtomicFile.RemoveUnfinished(folder.Root);
        if (options.Fresh)
            folder.ThrowAwayTraining();
        var tokenizer = SentencePieceTokenizer.Load(recipe.Tokenizer.FullPath);
        var hashes = options.Cache.Folder.Hashes(console.Error);
        string shards = options.Shards is { } named ? Path.GetFullPath(named) : folder.Shards;
        var job = new TrainingJob
        {
            Recipe = recipe,
            Tokenizer = tokenizer,
            Shards = await ShardsAsync(shards, recipe, tokenizer, hashes, options, console, cancellation),
            Hashes = hashes,
            Folder = folder,
            Device = device,
            MaxSteps = options.MaxSteps,
        };
        TrainingOutcome outcome = await TrainAsync(job, options, console, cancellation);
        await ReportAsync(outcome, folder, console);
        if (!outcome.IsInterrupted && recipe.Data.SampleWorld is not null && options.Data is null)
            await ScoreAsync(job, outcome.Best ?? outcome.Checkpoint, options, console, cancellation);
        return outcome.IsInterrupted && cancellation.IsCancellationRequested ? ExitCode.Failed : ExitCode.Done;
    }

    /// <summary>
    /// The recipe's shards: blended if they are missing, then checked to be whole.
    /// </summary>
    private static async Task<TrainingShards> ShardsAsync(
        string folder,
        Recipe recipe,
        SentencePieceTokenizer tokenizer,
        FileHashes hashes,
        TrainOptions options,
        CommandConsole console,
        CancellationToken cancellation)
    {
        var output = new OutputFolder(folder);
        bool mayReplace = options.Fresh && options.Shards is null;
        string fingerprint = RecipeFingerprint.Of(recipe, tokenizer.Fingerprint);
        if (output.ReadManifest() is not { } found || (mayReplace && found.RecipeFingerprint != fingerprint))
            await BlendAsync(output, recipe, tokenizer, mayReplace, options, console, cancellation);

        var shards = TrainingShards.Open(folder, recipe, tokenizer);
        return await ProgressScreen.CheckingShardsAsync(console.Error, async progress =>
        {
            await shards.VerifyAsync(split: null, hashes, progress, cancellation);
            return shards;
        });
    }

    private static async Task BlendAsync(
        OutputFolder output,
        Recipe recipe,
        SentencePieceTokenizer tokenizer,
        bool mayReplace,
        TrainOptions options,
        CommandConsole console,
        CancellationToken cancellation)
    {
        using DataRoot root = DataRoot.Resolve(recipe, options.Data, options.Cache, console.Error, cancellation);
        RecipeBlend blend = await ProgressScreen.IndexingAsync(console.Error, progress => RecipeBlend.PlanAsync(
            recipe,
            root.Folder,
            options.LinksMayLeadTo,
            Task.FromResult(tokenizer),
            limit: null,
            options.Cache,
            progress,
            cancellation));
        var settings = new BlendSettings { Workers = Environment.ProcessorCount, Fresh = mayReplace };
        FinishedBlend? finished = await ProgressScreen.BlendingAsync(
            console.Error, progress => blend.RunAsync(output, settings, progress, cancellation));
        await console.Error.WriteLineAsync(
            $"Blended {finished!.Samples:N0} samples in {finished.Manifest.Shards.Count} shards: {output.Root}");
        BlendScreen.WriteWarnings(finished, blend.Catalog, console.Error);
    }

    private static async Task<TrainingOutcome> TrainAsync(
        TrainingJob job, TrainOptions options, CommandConsole console, CancellationToken cancellation)
    {
        TrainingRun run = await TrainingRun.PrepareAsync(job, cancellation);
        if (run.ResumedFrom is { } checkpoint)
            await console.Error.WriteLineAsync($"Continuing from {checkpoint}.");
        foreach (string note in run.Notes)
            await console.Error.WriteLineAsync(note);
        await console.Error.WriteLineAsync(run.Memory);
        using TrainingWatchers watchers = WatchersOf(run, job, options, console);
        using CancellationTokenRegistration stopping = cancellation.Register(() => watchers.Observe(
            new TrainingNote("Finishing the step and writing a checkpoint. Ctrl-C again ends at once.")));

        // A thread of its own: tensors live on one, and it works for hours.
        return await OwnThread.Run(() => run.Run(watchers, cancellation));
    }

    /// <summary>The log first: the page is drawn from it.</summary>
    private static TrainingWatchers WatchersOf(
        TrainingRun run, TrainingJob job, TrainOptions options, CommandConsole console)
    {
        string root = job.Folder.Root;
        bool isResumed = run.ResumedFrom is not null;
        TrainingLog log = isResumed ? TrainingLog.Resume(root, run.Step) : TrainingLog.Start(root);
        TensorBoardLog events = isResumed
            ? TensorBoardLog.Resume(root, run.Step, TimeProvider.System)
            : TensorBoardLog.Start(root, TimeProvider.System);
        var page = new TrainingPage(root, job.Recipe.Name, job.Recipe.ToYaml());
        ITrainingWatcher[] json = options.Json ? [new JsonLines(console.Output)] : [];
        ITrainingWatcher screen = TrainingScreen.Open(console.Error, log.History, options.Json);
        return new TrainingWatchers([log, page, events, .. json, screen]);
    }

    private static async Task ReportAsync(TrainingOutcome outcome, RunFolder folder, CommandConsole console)
    {
        await console.Error.WriteLineAsync(outcome.IsInterrupted
            ? $"Stopped at step {outcome.Step:N0} of {outcome.Steps:N0}: {outcome.Checkpoint}. "
                + "Run the same command again to continue."
            : $"Trained {outcome.Steps:N0} steps: {outcome.Checkpoint}");
        foreach (string passedOver in outcome.PassedOver)
            await console.Error.WriteLineAsync(passedOver);
        await console.Error.WriteLineAsync($"Curves: {TrainingPage.PathIn(folder.Root)}");
        if (outcome.Best is { } best)
            await console.Error.WriteLineAsync($"Best evaluation loss {outcome.BestLoss:F4}: {best}");
    }

    /// <summary>Has the model answer the sample world's held-out questions.</summary>
    private static async Task ScoreAsync(
        TrainingJob job,
        string checkpoint,
        TrainOptions options,
        CommandConsole console,
        CancellationToken cancellation)
    {
        using DataRoot world = DataRoot.SampleWorldOf(job.Recipe, options.Cache, console.Error, cancellation)!;
        var special = new SpecialTokens(job.Tokenizer.VocabularySize);
        ModelDescription description = ModelDescriptions.Of(job.Recipe, special, job.Device, checkpoint);
        HeldOutScore score = await ProgressScreen.RunAsync(
            console.Error, "Asking held-out questions", progress => OwnThread.Run(() =>
            {
                using var model = ChatModel.Create(description);
                return HeldOutScore.Of(model, job.Recipe, job.Tokenizer, world.Folder, Report, cancellation);

                void Report(int done, int all) =>
                    progress.Report(new WorkProgress(done, all, $"{done:N0} of {all:N0} conversations"));
            }));
        if (options.Json)
            await console.Output.WriteLineAsync(ScoreScreen.Json(score));
        else
            ScoreScreen.Write(score, console.Output);
    }
}
