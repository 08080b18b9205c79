using System.Diagnostics;
using VisualChat.Model;
using VisualChat.Model.Errors;
using VisualChat.Model.Memory;
using VisualChat.Model.Native;
using VisualChat.Pipeline.Chat;
using VisualChat.Pipeline.Comparing;
using VisualChat.Pipeline.Conversations;
using VisualChat.Pipeline.DataLoading;
using VisualChat.Pipeline.Errors;
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
/// One run of a comparison, in the process that <see cref="RunProcess"/> starts: trained to its
/// end, asked, and its result written. Its events go to standard output, as lines of JSON.
/// </summary>
internal sealed class ComparedTraining
{
    /// <summary>
    /// Conversations asked at every evaluation: some 140 questions, whose share has a standard
    /// error of four hundredths. At the end all are asked.
    /// </summary>
    private const int ConversationsAtEvaluations = 100;

    private static readonly TimeSpan PatienceForLock = TimeSpan.FromMinutes(2);

    private readonly ComparedRun _run;
    private readonly TrainingJob _job;
    private readonly string? _world;
    private readonly IReadOnlyList<ShownConversation> _shown;
    private readonly CommandConsole _console;

    private ComparedTraining(
        ComparedRun run,
        TrainingJob job,
        string? world,
        IReadOnlyList<ShownConversation> shown,
        CommandConsole console)
    {
        _run = run;
        _job = job with { Ask = world is null ? null : Ask };
        _world = world;
        _shown = shown;
        _console = console;
    }

    /// <summary>Trains a run.</summary>
    /// <param name="options">Those of the whole comparison, whose shards are there.</param>
    /// <param name="place">The run's place in the plan.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(
        CompareOptions options, int place, CommandConsole console, CancellationToken cancellation)
    {
        ComparisonPlan plan = options.Plan();
        CommonOptions.RefuseIf(place < 0 || place >= plan.Runs.Count, $"--run {place} is not in the plan.");
        ComparedRun run = plan.Runs[place];
        using CancellationTokenSource stop = StoppedWithInput(console.Input, cancellation);
        using IDisposable taken = await TakeAsync(run.Folder, stop.Token);
        AtomicFile.RemoveUnfinished(run.Folder.Root);
        var tokenizer = SentencePieceTokenizer.Load(run.Recipe.Tokenizer.FullPath);
        string shards = Path.GetFullPath(options.Shards ?? new RunFolder(options.Output).Shards);
        var job = new TrainingJob
        {
            Recipe = run.Recipe,
            Tokenizer = tokenizer,
            Shards = TrainingShards.Open(shards, run.Recipe, tokenizer),
            Hashes = options.Cache.Folder.Hashes(console.Error),
            Folder = run.Folder,
            Device = options.Device ?? ComputeDevice.Default(),
        };
        string features = new RunFolder(Path.GetFullPath(options.Output)).Features;
        job = job with { Features = await TrainingFeatures.OfAsync(job, features, console, stop.Token) };
        bool learnsAnswers = run.Recipe.Training is { LearnsOtherThanAnswers: false };
        using DataRoot? world = learnsAnswers && options.Data is null
            ? DataRoot.SampleWorldOf(run.Recipe, options.Cache, console.Error, stop.Token)
            : null;

        // The page shows the words of the first seed's runs.
        IReadOnlyList<ShownConversation> shown = learnsAnswers && run.Seed == plan.Seeds[0]
            ? await ShownConversations.OfSplitAsync(
                job.Shards, new ChatImages(run.Recipe.Images.Frame), stop.Token)
            : [];
        return await new ComparedTraining(run, job, world?.Folder, shown, console).RunAsync(stop.Token);
    }

    private async Task<int> RunAsync(CancellationToken stop)
    {
        long? free = FreeOnGpu();
        TrainingRun training = await TrainingRun.PrepareAsync(_job, stop);
        TrainingOutcome? outcome = null;
        string? diverged = null;
        try
        {
            outcome = await RunningTraining.RunAsync(
                training, _job, _ => [new JsonLines(_console.Output)], _console.Error, stop);
        }
        catch (DivergedException exception)
        {
            diverged = exception.Message;
        }

        if (outcome is { IsInterrupted: true })
            return ExitCode.Failed;
        long? memory = free is { } before
            ? before - FreeOnGpu()
            : _job.Device == "cpu" ? Process.GetCurrentProcess().PeakWorkingSet64 : null;
        HeldOutScore? score = null;
        IReadOnlyList<AnsweredConversation>? answers = null;
        try
        {
            if (outcome is not null)
                (score, answers) = await AnswerAsync(outcome.Checkpoint, stop);
        }
        catch (ModelException exception)
        {
            diverged = exception.Message;
        }

        new RunResult
        {
            Basis = training.Basis,
            TrainedNumbers = training.TrainedNumbers,
            Device = _job.Device,
            PeakMemoryBytes = memory,
            Diverged = diverged,
            Questions = score?.Questions,
            Conversations = answers,
        }.WriteTo(_run.Folder);
        return ExitCode.Done;
    }

    /// <summary>
    /// The answers of the weights that the training ended with: all variants have seen the same
    /// samples by then.
    /// </summary>
    private Task<(HeldOutScore? Score, IReadOnlyList<AnsweredConversation>? Answers)> AnswerAsync(
        string checkpoint, CancellationToken stop)
    {
        var special = new SpecialTokens(_job.Tokenizer.VocabularySize);
        ModelDescription description = ModelDescriptions.Of(_job.Recipe, special, _job.Device, checkpoint);
        return ProgressScreen.RunAsync(_console.Error, "Asking", progress => OwnThread.Run(() =>
        {
            using var model = ChatModel.Create(description);
            HeldOutScore? score = _world is null
                ? null
                : HeldOutScore.Of(model, _job.Recipe, _job.Tokenizer, _world, Report, stop);
            IReadOnlyList<AnsweredConversation>? answers = _shown.Count == 0
                ? null
                : ShownConversations.Ask(model, _job.Recipe, _job.Tokenizer, _shown, stop);
            return (score, answers);

            void Report(int done, int all) =>
                progress.Report(new WorkProgress(done, all, $"{done:N0} of {all:N0} held-out conversations"));
        }));
    }

    private AnsweredQuestions? Ask(ChatModel model)
    {
        try
        {
            var score = HeldOutScore.Of(
                model,
                _job.Recipe,
                _job.Tokenizer,
                _world!,
                (_, _) => { },
                CancellationToken.None,
                ConversationsAtEvaluations);
            return new AnsweredQuestions(
                score.Questions.Count, score.Questions.Count(question => question.IsRight));
        }
        catch (ModelException)
        {
            // It computes NaN. The evaluation's loss says so.
            return null;
        }
    }

    private long? FreeOnGpu() => _job.Device == "cpu" ? null : DeviceMemory.Of(_job.Device)?.Free;

    /// <summary>
    /// A process of a comparison that was killed may still be writing its last checkpoint.
    /// </summary>
    private static async Task<IDisposable> TakeAsync(RunFolder folder, CancellationToken stop)
    {
        long began = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                return folder.Take();
            }
            catch (WorkException) when (Stopwatch.GetElapsedTime(began) < PatienceForLock)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200), stop);
            }
        }
    }

    private static CancellationTokenSource StoppedWithInput(TextReader input, CancellationToken cancellation)
    {
        var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var reading = new Thread(() =>
        {
            while (input.ReadLine() is not null)
            {
            }

            try
            {
                stop.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // The run has ended meanwhile.
            }
        })
        { IsBackground = true, Name = "input" };
        reading.Start();
        return stop;
    }
}
