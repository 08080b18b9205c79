using System.CommandLine;
using System.Globalization;
using VisualChat.Model;
using VisualChat.Model.Native;
using VisualChat.Pipeline.Conversations;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Feeding;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Scoring;
using VisualChat.Pipeline.Shards;
using VisualChat.Pipeline.Sources;
using VisualChat.Pipeline.Terminal.Screens;
using VisualChat.Pipeline.Tokens;
using VisualChat.Pipeline.Training;
using VisualChat.Pipeline.Training.Progress;

namespace VisualChat.Pipeline.Commands;

/// <summary><c>visualchat train RECIPE --out DIR</c>: blends what is not blended yet, and trains on it from the newest checkpoint.</summary>
public sealed class TrainCommand
{
    private readonly Recipe _recipe;
    private readonly RunFolder _folder;
    private readonly TextWriter _output;
    private readonly TextWriter _error;
    private readonly CancellationToken _cancellation;

    private TrainCommand(Recipe recipe, RunFolder folder, TextWriter output, TextWriter error, CancellationToken cancellation)
    {
        _recipe = recipe;
        _folder = folder;
        _output = output;
        _error = error;
        _cancellation = cancellation;
    }

    /// <summary>The command.</summary>
    public static Command Create()
    {
        Argument<string> recipePath = CommonOptions.Recipe();
        Option<string?> data = CommonOptions.Data();
        Option<string[]> set = CommonOptions.Set();
        Option<bool> json = new("--json") { Description = "Write one JSON line for each step, evaluation and checkpoint to standard output." };
        Option<string> output = new("--out") { HelpName = "DIR", Required = true, Description = "The folder for shards, checkpoints and curves. Running again continues an interrupted training." };
        Option<string?> shards = new("--shards") { HelpName = "DIR", Description = "The folder of the shards; OUT/shards when left out." };
        Option<string?> device = CommonOptions.Device();
        Option<int?> maxSteps = new("--max-steps") { HelpName = "N", Description = "Stop after step N, as if interrupted there." };
        Option<bool> fresh = new("--fresh") { Description = "Throw away the folder's checkpoints, and its shards if they are another recipe's, and start over." };
        var command = new Command("train", "Train a recipe's model, on shards that are blended first where they are missing.")
        {
            recipePath, data, output, shards, device, maxSteps, fresh, json, set,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            if (parsed.GetValue(maxSteps) < 1)
                throw new InputException("--max-steps must be at least 1.");
            Recipe recipe = RecipeReader.Read(parsed.GetRequiredValue(recipePath), parsed.GetRequiredValue(set));
            var folder = new RunFolder(Path.GetFullPath(parsed.GetRequiredValue(output)));
            var train = new TrainCommand(recipe, folder, parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error, cancellation);
            using IDisposable taken = folder.Take();
            if (parsed.GetValue(fresh))
                folder.ThrowAwayTraining();
            SentencePieceTokenizer tokenizer = SentencePieceTokenizer.Load(recipe.Tokenizer);
            string shardFolder = parsed.GetValue(shards) is { } named ? Path.GetFullPath(named) : folder.Shards;
            TrainingShards ready = await train.ShardsAsync(shardFolder, tokenizer, parsed.GetValue(data), parsed.GetValue(fresh) && parsed.GetValue(shards) is null).ConfigureAwait(false);
            var job = new TrainingJob
            {
                Recipe = recipe,
                Tokenizer = tokenizer,
                Shards = ready,
                Folder = folder,
                Device = parsed.GetValue(device) ?? ComputeDevice.Default(),
                MaxSteps = parsed.GetValue(maxSteps),
            };
            return await train.TrainAsync(job, parsed.GetValue(data), parsed.GetValue(json)).ConfigureAwait(false);
        });
        return command;
    }

    /// <summary>The recipe's shards, blended if they are not there yet, and seen to be whole.</summary>
    private async Task<TrainingShards> ShardsAsync(string folder, SentencePieceTokenizer tokenizer, string? data, bool mayReplace)
    {
        var shards = new OutputFolder(folder);
        string fingerprint = RecipeFingerprint.Of(_recipe, tokenizer.Fingerprint);
        if (shards.ReadManifest() is not { } manifest || (mayReplace && manifest.RecipeFingerprint != fingerprint))
        {
            RecipeBlend blend = await RecipeBlend.PlanAsync(_recipe, Task.FromResult(tokenizer), data, limit: null, _error, _cancellation).ConfigureAwait(false);
            manifest = (await blend.RunAsync(shards, new BlendOptions { Workers = Environment.ProcessorCount, Fresh = mayReplace }, _cancellation).ConfigureAwait(false))!;
            await _error.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture, $"Blended {manifest.Shards.Sum(shard => (long)shard.Rows):N0} samples in {manifest.Shards.Count} shards: {folder}")).ConfigureAwait(false);
        }

        TrainingShards ready = TrainingShards.Open(folder, _recipe, tokenizer);
        return await ProgressScreen.RunAsync(_error, "Checking shards", async progress =>
        {
            await ready.VerifyAsync(Environment.ProcessorCount, new CheckedBytes(progress), _cancellation).ConfigureAwait(false);
            return ready;
        }).ConfigureAwait(false);
    }

    private async Task<int> TrainAsync(TrainingJob job, string? data, bool json)
    {
        TrainingRun run = await TrainingRun.PrepareAsync(job, _cancellation).ConfigureAwait(false);
        if (run.ResumedFrom is { } checkpoint)
            await _error.WriteLineAsync($"Going on from {checkpoint}.").ConfigureAwait(false);
        bool isResumed = run.ResumedFrom is not null;
        TrainingLog log = isResumed ? TrainingLog.Resume(_folder.Root, run.Step) : TrainingLog.Start(_folder.Root);
        TensorBoardLog events = isResumed ? TensorBoardLog.Resume(_folder.Root, run.Step, TimeProvider.System) : TensorBoardLog.Start(_folder.Root, TimeProvider.System);
        var page = new TrainingPage(_folder.Root, _recipe.Name, RecipeWriter.Write(_recipe));
        TrainingOutcome outcome;
        using (var watchers = new TrainingWatchers(
            [log, page, events, .. json ? [new JsonLines(_output)] : Array.Empty<ITrainingWatcher>(), TrainingScreen.Open(_error, log.History, json)]))
        {
            using CancellationTokenRegistration stopping = _cancellation.Register(
                () => watchers.Observe(new TrainingNote("Finishing the step and writing a checkpoint. Ctrl-C again ends at once.")));

            // A thread of its own: tensors live on one, and it works for hours.
            outcome = await Task.Factory.StartNew(() => run.Run(watchers, _cancellation), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
        }

        await _error.WriteLineAsync(outcome.IsInterrupted
            ? $"Stopped at step {outcome.Step:N0} of {outcome.Steps:N0}: {outcome.Checkpoint}. Run the same command again to go on."
            : $"Trained {outcome.Steps:N0} steps: {outcome.Checkpoint}").ConfigureAwait(false);
        await _error.WriteLineAsync($"Curves: {TrainingPage.PathIn(_folder.Root)}").ConfigureAwait(false);
        if (outcome.Best is { } best)
            await _error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"Best evaluation loss {outcome.BestLoss:F4}: {best}")).ConfigureAwait(false);
        if (!outcome.IsInterrupted && _recipe.Data.SampleWorld is not null && data is null)
            await ScoreAsync(job, outcome.Best ?? outcome.Checkpoint, json).ConfigureAwait(false);
        return outcome.IsInterrupted && _cancellation.IsCancellationRequested ? ExitCode.Failed : ExitCode.Done;
    }

    /// <summary>Has the model answer the sample world's held-out questions.</summary>
    private async Task ScoreAsync(TrainingJob job, string checkpoint, bool json)
    {
        string world = DataRoot.SampleWorldOf(_recipe, IndexCache.OfUser(), _error, _cancellation)!;
        ModelDescription description = ModelDescriptions.Of(_recipe, new SpecialTokens(job.Tokenizer.VocabularySize), job.Device, checkpoint);
        HeldOutScore score = await ProgressScreen.RunAsync(_error, "Asking held-out questions", progress => Task.Factory.StartNew(
            () =>
            {
                using ChatModel model = ChatModel.Create(description);
                return HeldOutScore.Of(model, _recipe, job.Tokenizer, world, (done, all) => progress.Report((done, all, $"{done:N0} of {all:N0} conversations")), _cancellation);
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)).ConfigureAwait(false);
        if (json)
            await _output.WriteLineAsync(ScoreScreen.ScoreJson(score)).ConfigureAwait(false);
        else
            ScoreScreen.WriteScore(score, _output);
    }

    private sealed class CheckedBytes(IProgress<(long, long, string)> progress) : IProgress<ShardCheckProgress>
    {
        public void Report(ShardCheckProgress value) => progress.Report((value.BytesDone, value.BytesInAll, $"{value.ShardsDone:N0} of {value.ShardsInAll:N0}"));
    }
}
