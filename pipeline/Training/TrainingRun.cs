using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Threading.Channels;
using VisualChat.Model;
using VisualChat.Model.Checkpoints;
using VisualChat.Model.Errors;
using VisualChat.Model.Training;
using VisualChat.Pipeline.Conversations;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Feeding;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Shards;
using VisualChat.Pipeline.Training.Progress;

namespace VisualChat.Pipeline.Training;

/// <summary>
/// A training from its newest checkpoint, or from nothing, to its end: updates, evaluations at the recipe's pace, checkpoints. All that decides a number
/// is in a checkpoint, so a run that was killed and resumed ends with the same weights as one that was not.
/// </summary>
/// <remarks>
/// Tensors live on the thread that calls <see cref="Run"/>; samples come from other threads as plain arrays. The floor of a step is the model's forward
/// and backward pass; what the data keeps it waiting is measured and reported.
/// </remarks>
public sealed class TrainingRun
{
    /// <summary>Updates in a row without a usable loss or gradient after which there is no hope.</summary>
    private const int MaxSkippedInARow = 5;

    private readonly TrainingJob _job;
    private readonly TrainingSettings _settings;
    private readonly CheckpointStore _store;
    private readonly ModelDescription _description;
    private readonly ShardFeed _training;
    private readonly ShardFeed? _validation;
    private readonly string _recipeText;
    private TrainingState _state;

    private TrainingRun(TrainingJob job, TrainingSettings settings, ShardFeed training, ShardFeed? validation, ModelDescription description)
    {
        _job = job;
        _settings = settings;
        _training = training;
        _validation = validation;
        _description = description;
        _recipeText = RecipeWriter.Write(job.Recipe);
        _store = new CheckpointStore(job.Folder.Checkpoints, settings.KeepCheckpoints);
        _store.Recover();
        if (_store.Latest() is { } latest)
        {
            RequireSame(latest.Folder, latest.State);
            ResumedFrom = latest.Folder;
            _state = latest.State;
        }
        else
            _state = TrainingState.Start(job.Shards.Manifest.PlanFingerprint);
    }

    /// <summary>The checkpoint it goes on from; null for a start.</summary>
    public string? ResumedFrom { get; }

    /// <summary>Updates done so far.</summary>
    public int Step => _state.Step;

    /// <summary>Updates in all.</summary>
    public int Steps => _training.UpdatesPerEpoch * _settings.Epochs;

    /// <summary>Opens what a training needs, checks that it goes together, and finds the checkpoint to go on from. No weight is read.</summary>
    /// <exception cref="InputException">The recipe has no model or training, a sample is longer than the model's positions, or the folder's checkpoints are of another recipe.</exception>
    /// <exception cref="WorkException">The newest checkpoint, or a shard, is damaged.</exception>
    /// <exception cref="ModelException">A model's <c>config.json</c> cannot be read.</exception>
    public static async Task<TrainingRun> PrepareAsync(TrainingJob job, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(job);
        TrainingSettings settings = job.Recipe.Training ?? throw new InputException("The recipe has no 'training': add one (recipes/quickstart.yaml shows how).");
        ModelDescription description = ModelDescriptions.Of(job.Recipe, new SpecialTokens(job.Tokenizer.VocabularySize), job.Device);
        var feeding = new FeedSettings { Batch = settings.Batch, MicroBatch = settings.MicroBatch, ImageSize = job.Recipe.Images.Size, Seed = job.Recipe.Seed };
        await job.Shards.RefuseLongSamplesAsync(description.Language.ReachablePositions, ct).ConfigureAwait(false);
        ShardFeed training = await ShardFeed.OpenAsync(job.Shards, ShardSet.Train, feeding, ct).ConfigureAwait(false);
        ShardFeed? validation = job.Shards.SamplesIn(ShardSet.Validation) == 0 ? null
            : await ShardFeed.OpenAsync(job.Shards, ShardSet.Validation, feeding, ct).ConfigureAwait(false);
        return new TrainingRun(job, settings, training, validation, description);
    }

    /// <summary>Trains, on the calling thread.</summary>
    /// <param name="watcher">Told every step, evaluation and checkpoint.</param>
    /// <param name="stop">Finishes the step, writes a checkpoint and returns.</param>
    /// <exception cref="WorkException">The loss stays without a number, a shard is damaged, or a checkpoint cannot be written.</exception>
    /// <exception cref="ModelException">The model's folders do not hold what it needs.</exception>
    public TrainingOutcome Run(ITrainingWatcher watcher, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(watcher);
        using ChatModel model = ChatModel.Create(_description);
        using var trainer = new Trainer(model, SettingsOf());
        if (ResumedFrom is null)
            Evaluate(model, trainer, watcher);
        else
            trainer.Restore(ResumedFrom, _state.Trainer!);

        int last = Math.Min(Steps, _job.MaxSteps ?? Steps);
        string? newest = ResumedFrom;
        using var feeding = new CancellationTokenSource();
        try
        {
            ChannelReader<FedUpdate> updates = _training.Start(_state.Position, _settings.Epochs, feeding.Token);
            while (_state.Step < last && !stop.IsCancellationRequested)
            {
                long from = Stopwatch.GetTimestamp();
                if (!FeedThread.TryTake(updates, out FedUpdate? update))
                    throw new WorkException("The shards ended before the training: they were changed while it ran. Run the same command again.");
                Learn(trainer, update, watcher, from, Stopwatch.GetElapsedTime(from));
                if (IsEvaluationDue(update))
                    Evaluate(model, trainer, watcher);
                if (_state.Step % _settings.CheckpointEvery == 0)
                    newest = Save(trainer, watcher);
            }
        }
        finally
        {
            feeding.Cancel();
        }

        if (newest is null || !newest.EndsWith(CheckpointStore.NameOf(_state.Step), StringComparison.Ordinal))
            newest = Save(trainer, watcher);
        return new TrainingOutcome(_state.Step, Steps, newest, _state.BestStep is null ? null : _store.Best, _state.BestLoss);
    }

    private void Learn(Trainer trainer, FedUpdate update, ITrainingWatcher watcher, long from, TimeSpan waited)
    {
        UpdateResult result = trainer.Update([.. update.MicroBatches.Select(batch => batch.ForModel())]);
        bool isLost = result.Skipped is SkipReason.Loss or SkipReason.Gradient;
        _state = _state with
        {
            Step = _state.Step + 1,
            Position = update.Next,
            Trainer = trainer.State,
            Skipped = _state.Skipped + (isLost ? 1 : 0),
            SkippedInARow = isLost ? _state.SkippedInARow + 1 : 0,
        };
        watcher.Observe(new StepFigures
        {
            Step = _state.Step,
            Steps = Steps,
            Epoch = update.Epoch + 1,
            Epochs = _settings.Epochs,
            Loss = result.LabelTokens == 0 ? double.NaN : result.Loss,
            LearningRate = result.LearningRate,
            GradientNorm = result.LabelTokens == 0 || result.Skipped == SkipReason.Loss ? double.NaN : result.GradientNorm,
            Samples = update.MicroBatches.Sum(batch => batch.Samples.Count),
            Images = update.MicroBatches.Sum(batch => batch.Images),
            LabelTokens = (int)result.LabelTokens,
            Positions = update.MicroBatches.Sum(batch => batch.Positions),
            Seconds = Stopwatch.GetElapsedTime(from).TotalSeconds,
            WaitSeconds = waited.TotalSeconds,
            Skipped = result.Skipped switch
            {
                SkipReason.Loss => "the loss is no number",
                SkipReason.Gradient => "the gradient is no number",
                SkipReason.Overflow => "the gradient overflowed; the loss scale is halved",
                _ => null,
            },
            LossScale = _job.Recipe.Model!.Dtype == "fp16" ? result.LossScale : null,
        });
        if (_state.SkippedInARow < MaxSkippedInARow)
            return;
        IEnumerable<string> ids = result.MicroBatch is { } index ? update.MicroBatches[index].Ids : update.MicroBatches.SelectMany(batch => batch.Ids);
        throw new WorkException(
            $"The {(result.Skipped == SkipReason.Loss ? "loss" : "gradient")} was no number in {MaxSkippedInARow} updates in a row, the last time of the samples {string.Join(", ", ids)}. "
            + (_store.Steps is [.., var kept] ? $"The last good checkpoint is kept: '{kept}'. " : "")
            + "A lower training.learning_rate or a longer training.warmup often helps; start over with --fresh.");
    }

    private bool IsEvaluationDue(FedUpdate update) =>
        _state.Step == Steps
        || (_settings.EvaluateEvery == TrainingSettings.EveryEpoch
            ? update.Next.Epoch > update.Epoch
            : _state.Step % int.Parse(_settings.EvaluateEvery, CultureInfo.InvariantCulture) == 0);

    /// <summary>Measures the loss of what is held out, if anything is, and keeps the weights if they are the best so far.</summary>
    private void Evaluate(ChatModel model, Trainer trainer, ITrainingWatcher watcher)
    {
        if (_validation is null)
            return;
        LossEvaluation evaluation = LossEvaluation.Of(
            model, _validation, done => watcher.Observe(new EvaluationProgress(done, _validation.Samples)), CancellationToken.None);
        bool isBest = evaluation.Loss < (_state.BestLoss ?? double.PositiveInfinity);
        if (isBest)
        {
            _state = _state with { BestLoss = evaluation.Loss, BestStep = _state.Step, Trainer = trainer.State };
            _store.WriteBest(_state, Content(trainer));
        }

        watcher.Observe(new EvaluationFigures
        {
            Step = _state.Step,
            Loss = evaluation.Loss,
            Labels = evaluation.Labels,
            Samples = evaluation.Samples.Count,
            IsBest = isBest,
        });
    }

    private string Save(Trainer trainer, ITrainingWatcher watcher)
    {
        _state = _state with { Trainer = trainer.State };
        string folder = _store.WriteStep(_state, Content(trainer));
        watcher.Observe(new CheckpointWritten(_state.Step, folder));
        return folder;
    }

    private CheckpointContent Content(Trainer trainer) => new()
    {
        WeightBytes = trainer.WeightBytes,
        WriteWeights = trainer.WriteWeights,
        OptimizerBytes = trainer.OptimizerBytes,
        WriteOptimizer = trainer.WriteOptimizer,
        Texts =
        [
            ("config.json", Encoding.UTF8.GetBytes(ModelConfig.Json(_description, whole: false))),
            ("recipe.yaml", Encoding.UTF8.GetBytes(_recipeText)),
            ("tokenizer.model", File.ReadAllBytes(_job.Recipe.Tokenizer)),
        ],
    };

    private TrainerSettings SettingsOf() => new()
    {
        Optimizer = Enum.Parse<OptimizerKind>(_settings.Optimizer, ignoreCase: true),
        LearningRate = _settings.LearningRate,
        EmbeddingLearningRate = _settings.EmbeddingLearningRate,
        VisionLearningRate = _settings.VisionLearningRate,
        VisionFrozenUpdates = LearningRateSchedule.WarmupOf(_settings.VisionFrozen, Steps),
        Schedule = LearningRateSchedule.Parse(_settings.Schedule),
        Updates = Steps,
        WarmupUpdates = LearningRateSchedule.WarmupOf(_settings.Warmup, Steps),
        WeightDecay = _settings.WeightDecay,
        Clip = _settings.Clip,
        ActivationCheckpointing = _settings.GradientCheckpointing,
    };

    private void RequireSame(string checkpoint, TrainingState state)
    {
        var problems = new List<string>();
        if (state.PlanFingerprint != _job.Shards.Manifest.PlanFingerprint)
            problems.Add("the shards are of another blend");
        problems.AddRange(RecipeDifferences.Of(File.ReadAllText(Path.Combine(checkpoint, "recipe.yaml")), _recipeText));
        if (problems.Count == 0)
            return;
        throw new InputException(
        [
            $"'{checkpoint}' is of another training:",
            .. problems.Select(problem => $"  {problem}"),
            "Go on with the same recipe, name another folder with --out, or throw the checkpoints away with --fresh.",
        ]);
    }
}
