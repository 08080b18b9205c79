using System.CommandLine;
using System.Diagnostics;
using VisualChat.Model;
using VisualChat.Model.Errors;
using VisualChat.Model.Native;
using VisualChat.Pipeline.Chat;
using VisualChat.Pipeline.Comparing;
using VisualChat.Pipeline.Conversations;
using VisualChat.Pipeline.DataLoading;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Sources;
using VisualChat.Pipeline.Storage;
using VisualChat.Pipeline.Terminal.Screens;
using VisualChat.Pipeline.Tokens;
using VisualChat.Pipeline.Training;
using VisualChat.Pipeline.Training.Progress;

namespace VisualChat.Pipeline.Commands;

/// <summary>
/// <c>visualchat compare RECIPE --vary KEY=VALUE,VALUE --seeds N --out DIR</c>: trains variants of
/// a recipe on the same shards, and writes what came out as a page and a table.
/// </summary>
internal static class CompareCommand
{
    public static Command Create(CommandConsole console)
    {
        var command = new Command(
            "compare", "Train variants of a recipe on the same shards, and show them side by side.")
        {
            CommonOptions.Recipe(),
            new Option<string[]>("--vary")
            {
                HelpName = "KEY=VALUE,VALUE",
                Required = true,
                Description = "A key of the recipe and the values to compare, such as "
                    + "model.attention=mmca,causal. May be repeated: every combination is trained.",
            },
            new Option<int>("--seeds")
            {
                HelpName = "N",
                Description = "How many seeds each variant is trained with: the recipe's, and those after it.",
                DefaultValueFactory = _ => 3,
            },
            new Option<string>("--out")
            {
                HelpName = "DIR",
                Required = true,
                Description = "The folder for shards, runs, compare.html and compare.csv. "
                    + "Running again continues an interrupted comparison.",
            },
            CommonOptions.Shards(),
            CommonOptions.Data(),
            CommonOptions.LinksMayLeadTo(),
            CommonOptions.Device(),
            new Option<bool>("--fresh")
            {
                Description = "Throw away the folder's runs, "
                    + "and its shards if they are another recipe's, and start over.",
            },
            new Option<int?>("--run") { Hidden = true, Description = "The one run that this process trains." },
            CommonOptions.Set(),
        };
        command.SetAction((parsed, cancellation) => RunAsync(CompareOptions.From(parsed), console, cancellation));
        return command;
    }

    public static Task<int> RunAsync(CompareOptions options, CommandConsole console, CancellationToken cancellation) =>
        options.Run is { } run
            ? ComparedTraining.RunAsync(options, run, console, cancellation)
            : CompareAsync(options, console, cancellation);

    private static async Task<int> CompareAsync(
        CompareOptions options, CommandConsole console, CancellationToken cancellation)
    {
        ComparisonPlan plan = options.Plan();
        OutputPath.RequireFolder("--out", options.Output);
        string device = options.Device ?? ComputeDevice.Default();
        ComputeDevice.Require(device);
        var folder = new RunFolder(Path.GetFullPath(options.Output));
        using IDisposable taken = folder.Take();
        AtomicFile.RemoveUnfinished(folder.Root);
        if (options.Fresh && Directory.Exists(ComparisonPlan.RunsIn(folder.Root)))
            Directory.Delete(ComparisonPlan.RunsIn(folder.Root), recursive: true);

        var tokenizer = SentencePieceTokenizer.Load(plan.Recipe.Tokenizer.FullPath);
        FileHashes hashes = options.Cache.Folder.Hashes(console.Error);
        TrainingShards shards = await new BlendedShards
        {
            Recipe = plan.Recipe,
            Tokenizer = tokenizer,
            Folder = options.Shards is { } named ? Path.GetFullPath(named) : folder.Shards,
            MayReplace = options.Fresh && options.Shards is null,
            Data = options.Data,
            LinksMayLeadTo = options.LinksMayLeadTo,
            Cache = options.Cache,
            Hashes = hashes,
        }.OpenAsync(console.Error, cancellation);
        await RefuseOthersAsync(plan, shards, tokenizer, hashes, device, cancellation);
        IReadOnlyList<ShownConversation> shown = await ShownAsync(options, plan, shards, console, cancellation);

        var problems = new Dictionary<ComparedRun, string>();
        ComparisonReport report = WriteReport(plan, problems, shown, folder);
        CompareScreen.WritePlan(report, shards, console.Error);
        report = await TrainAsync(options, plan, problems, shown, folder, device, console, cancellation);
        CompareScreen.WriteResults(report, console.Output);
        await console.Error.WriteLineAsync(
            $"Curves, results and conversations: {ComparisonPage.PathIn(folder.Root)}\n"
            + $"Every figure: {ComparisonCsv.PathIn(folder.Root)}");
        if (cancellation.IsCancellationRequested)
            await console.Error.WriteLineAsync("Stopped. Run the same command again to continue.");
        return report.Runs.All(run => run.Result is not null) ? ExitCode.Done : ExitCode.Failed;
    }

    /// <summary>Trains what is not finished, one run after the other.</summary>
    private static async Task<ComparisonReport> TrainAsync(
        CompareOptions options,
        ComparisonPlan plan,
        Dictionary<ComparedRun, string> problems,
        IReadOnlyList<ShownConversation> shown,
        RunFolder folder,
        string device,
        CommandConsole console,
        CancellationToken cancellation)
    {
        ComparisonReport report = Report(plan, problems);
        int[] left = [.. Enumerable.Range(0, plan.Runs.Count).Where(run => report.Runs[run].Result is null)];
        long began = Stopwatch.GetTimestamp();
        for (int done = 0; done < left.Length && !cancellation.IsCancellationRequested; done++)
        {
            ComparedRun run = plan.Runs[left[done]];
            await console.Error.WriteLineAsync();
            await console.Error.WriteLineAsync(
                $"Run {left[done] + 1} of {plan.Runs.Count}: {run.Name}{TimeLeft(began, done, left.Length)}");
            string? problem;
            using (ITrainingWatcher screen = TrainingScreen.Open(console.Error, TrainingHistory.Empty, isJson: false))
                problem = await RunProcess.RunAsync(options.ArgumentsOf(left[done], device), screen, cancellation);
            if (problem is not null && !cancellation.IsCancellationRequested)
            {
                problems[run] = problem;
                await console.Error.WriteLineAsync($"{run.Name} failed: {problem}");
            }

            report = WriteReport(plan, problems, shown, folder);
            if (report.Runs[left[done]].Result?.Diverged is { } why)
                await console.Error.WriteLineAsync($"{run.Name} diverged: {why}");
        }

        return report;
    }

    private static string TimeLeft(long began, int done, int all)
    {
        if (done == 0)
            return all > 1 ? "; how long all take is known after it" : "";
        TimeSpan left = Stopwatch.GetElapsedTime(began) / done * (all - done);
        string runs = all - done == 1 ? "it" : $"it and {all - done - 1} more";
        return $", about {TrainingText.Time(left)} left for {runs}";
    }

    private static ComparisonReport Report(
        ComparisonPlan plan, IReadOnlyDictionary<ComparedRun, string> problems) =>
        new(plan, [.. plan.Runs.Select(run => RunReport.Of(run, problems.GetValueOrDefault(run)))]);

    private static ComparisonReport WriteReport(
        ComparisonPlan plan,
        IReadOnlyDictionary<ComparedRun, string> problems,
        IReadOnlyList<ShownConversation> shown,
        RunFolder folder)
    {
        ComparisonReport report = Report(plan, problems);
        ComparisonCsv.Write(report, folder.Root);
        ComparisonPage.Write(report, shown, folder.Root);
        return report;
    }

    /// <summary>Before any work: what a run has done must be what it would do now.</summary>
    private static async Task RefuseOthersAsync(
        ComparisonPlan plan,
        TrainingShards shards,
        SentencePieceTokenizer tokenizer,
        FileHashes hashes,
        string device,
        CancellationToken cancellation)
    {
        var special = new SpecialTokens(tokenizer.VocabularySize);
        List<string> problems = [], others = [];
        foreach (ComparedRun run in plan.Runs)
        {
            try
            {
                ModelDescription description = ModelDescriptions.Of(run.Recipe, special, device);
                if (run == plan.Runs[0])
                    _ = await shards.RefuseLongSamplesAsync(description.Language.ReachablePositions, cancellation);
                if (TrainedBefore(run, hashes) is not { } trained)
                    continue;
                var job = new TrainingJob
                {
                    Recipe = run.Recipe,
                    Tokenizer = tokenizer,
                    Shards = shards,
                    Hashes = hashes,
                    Folder = run.Folder,
                    Device = device,
                };
                IReadOnlyList<string> differences =
                    TrainingBasis.Of(job, description).DifferencesFrom(trained, run.Recipe, description);
                if (differences.Count > 0)
                    others.Add($"'{run.Folder.Root}' is of another training: {string.Join("; ", differences)}");
            }
            catch (InputException exception)
            {
                problems.AddRange(exception.Problems);
            }
            catch (ModelException exception)
            {
                problems.AddRange(exception.Problems);
            }
        }

        if (problems.Count > 0)
            throw new InputException([.. problems.Distinct()]);
        if (others.Count > 0)
        {
            throw new InputException(
            [
                .. others,
                "Compare with the same recipe and shards, name another folder with --out, "
                + "or throw the runs away with --fresh.",
            ]);
        }
    }

    private static TrainingBasis? TrainedBefore(ComparedRun run, FileHashes hashes)
    {
        if (RunResult.ReadFrom(run.Folder) is { } result)
            return result.Basis;
        var store = new CheckpointStore(run.Folder.Checkpoints, run.Recipe.Training!.KeepCheckpoints, hashes);
        store.Recover();
        return store.Latest() is { } latest ? latest.State.BasisIn(latest.Folder) : null;
    }

    private static async Task<IReadOnlyList<ShownConversation>> ShownAsync(
        CompareOptions options,
        ComparisonPlan plan,
        TrainingShards shards,
        CommandConsole console,
        CancellationToken cancellation)
    {
        var images = new ChatImages(plan.Recipe.Images.Frame);
        using DataRoot? world = options.Data is null
            ? DataRoot.SampleWorldOf(plan.Recipe, options.Cache, console.Error, cancellation)
            : null;
        return
        [
            .. await ShownConversations.OfSplitAsync(shards, images, cancellation),
            .. world is null ? [] : ShownConversations.OfWorld(plan.Recipe, world.Folder, images),
        ];
    }
}
