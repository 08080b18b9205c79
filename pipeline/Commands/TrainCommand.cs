using System.CommandLine;
using VisualChat.Model;
using VisualChat.Model.Native;
using VisualChat.Pipeline.Conversations;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Scoring;
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
            CommonOptions.Shards(),
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
        var shards = new BlendedShards
        {
            Recipe = recipe,
            Tokenizer = tokenizer,
            Folder = options.Shards is { } named ? Path.GetFullPath(named) : folder.Shards,
            MayReplace = options.Fresh && options.Shards is null,
            Data = options.Data,
            LinksMayLeadTo = options.LinksMayLeadTo,
            Cache = options.Cache,
            Hashes = hashes,
        };
        var job = new TrainingJob
        {
            Recipe = recipe,
            Tokenizer = tokenizer,
            Shards = await shards.OpenAsync(console.Error, cancellation),
            Hashes = hashes,
            Folder = folder,
            Device = device,
            MaxSteps = options.MaxSteps,
        };
        job = job with { Features = await TrainingFeatures.OfAsync(job, shared: null, console, cancellation) };
        TrainingOutcome outcome = await TrainAsync(job, options, console, cancellation);
        await ReportAsync(outcome, folder, console);
        bool learnsAnswers = recipe.Training is { LearnsOtherThanAnswers: false };
        if (!outcome.IsInterrupted && learnsAnswers && recipe.Data.SampleWorld is not null && options.Data is null)
            await ScoreAsync(job, outcome.Best ?? outcome.Checkpoint, options, console, cancellation);
        return outcome.IsInterrupted && cancellation.IsCancellationRequested ? ExitCode.Failed : ExitCode.Done;
    }

    private static async Task<TrainingOutcome> TrainAsync(
        TrainingJob job, TrainOptions options, CommandConsole console, CancellationToken cancellation)
    {
        TrainingRun run = await TrainingRun.PrepareAsync(job, cancellation);
        return await RunningTraining.RunAsync(run, job, Shown, console.Error, cancellation);

        IReadOnlyList<ITrainingWatcher> Shown(TrainingHistory before)
        {
            ITrainingWatcher[] json = options.Json ? [new JsonLines(console.Output)] : [];
            return [.. json, TrainingScreen.Open(console.Error, before, options.Json)];
        }
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
