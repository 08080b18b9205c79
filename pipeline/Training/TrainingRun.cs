using System.Diagnostics;
using System.Text;
using System.Threading.Channels;
using VisualChat.Model;
using VisualChat.Model.Checkpoints;
using VisualChat.Model.Errors;
using VisualChat.Model.Files;
using VisualChat.Model.Memory;
using VisualChat.Model.Training;
using VisualChat.Pipeline.Conversations;
using VisualChat.Pipeline.DataLoading;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Recipes.Keys;
using VisualChat.Pipeline.Shards;
using VisualChat.Pipeline.Storage;
using VisualChat.Pipeline.Training.Progress;

namespace VisualChat.Pipeline.Training;

/// <summary>
/// A training from its newest checkpoint, or from its start, to its end: updates, evaluations at
/// the recipe's pace, checkpoints. All that decides a number is in a checkpoint, so a run that was
/// killed and resumed ends with the same weights as one that was not.
/// </summary>
/// <remarks>
/// The model is used on the thread that calls <see cref="Run"/>; samples come from other threads,
/// and one more prepares them for the device. Lower bound of a step: the model's forward and
/// backward pass. How long it waits for data is measured and reported.
/// </remarks>
internal sealed class TrainingRun
{
    /// <summary>
    /// Updates in a row without a finite loss or gradient, after which there is no hope.
    /// </summary>
    private const int MaxSkippedInARow = 5;

    /// <summary>
    /// Samples of the evaluation before the first update, which only says where a curve begins: ten
    /// seconds for 7B on a GPU.
    /// </summary>
    private const int FirstEvaluationSamples = 512;

    private readonly TrainingJob _job;
    private readonly TrainingSettings _settings;
    private readonly CheckpointStore _store;
    private readonly ModelDescription _description;
    private readonly PassSize _pass;
    private readonly ShardDataLoader _training;
    private readonly ShardDataLoader? _validation;
    private readonly List<string> _notes = [];
    private TrainingState _state;
    private (int Step, string Folder)? _newest;

    private TrainingRun(
        TrainingJob job,
        TrainingSettings settings,
        ShardDataLoader training,
        ShardDataLoader? validation,
        ModelDescription description,
        CheckpointStore store,
        (string Folder, TrainingState State)? newest,
        PassSize pass)
    {
        _job = job;
        _settings = settings;
        _training = training;
        _validation = validation;
        _description = description;
        _store = store;
        _pass = pass;
        Basis = TrainingBasis.Of(job, description);
        if (AttentionCheck.WarningFor(job.Recipe, description.Start, description.StartKind) is { } ofAttention)
            _notes.Add(ofAttention);
        if (ImageOrderCheck.WarningFor(job.Recipe, description.Start, description.StartKind) is { } ofOrder)
            _notes.Add(ofOrder);
        if (newest is { } latest)
        {
            RequireSame(latest.Folder, latest.State);
            ResumedFrom = latest.Folder;
            _state = latest.State with { Towers = Basis.Towers, Chosen = pass.Chosen };
            if (latest.State.Chosen is { } earlier && pass.Chosen is { } now && earlier != now)
                _notes.Add("Passes are cut otherwise than before: what was chosen then does not fit now.");
            _newest = (_state.Step, latest.Folder);
        }
        else
        {
            _state = TrainingState.Start(Basis.PlanFingerprint) with
            {
                Towers = Basis.Towers,
                Chosen = pass.Chosen,
            };
        }
    }

    /// <summary>The checkpoint it continues from; null for a start.</summary>
    public string? ResumedFrom { get; }

    /// <summary>
    /// What is otherwise than when the checkpoint was written, and changes no result.
    /// </summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>What the training will take of the device's memory, and what is free.</summary>
    public string Memory => _pass.Memory;

    /// <summary>How many numbers of the model are trained.</summary>
    public long TrainedNumbers => _description.TrainedNumbers;

    /// <summary>What decides its weights.</summary>
    public TrainingBasis Basis { get; }

    /// <summary>Updates done so far.</summary>
    public int Step => _state.Step;

    /// <summary>Updates of the whole training.</summary>
    public int Steps => _training.UpdatesPerEpoch * _settings.Epochs;

    /// <summary>
    /// Opens what a training needs, checks that it fits together, and finds the checkpoint to
    /// continue from. No weight is read.
    /// </summary>
    /// <exception cref="InputException">
    /// The recipe has no model or training, a sample is longer than the model's positions, the
    /// training does not fit into memory, or the folder's checkpoints are of another recipe.
    /// </exception>
    /// <exception cref="WorkException">The newest checkpoint, or a shard, is damaged.</exception>
    /// <exception cref="ModelException">A model's <c>config.json</c> cannot be read.</exception>
    public static async Task<TrainingRun> PrepareAsync(TrainingJob job, CancellationToken cancellation)
    {
        Recipe recipe = job.Recipe;
        TrainingSettings settings = recipe.Training
            ?? throw new InputException("The recipe has no 'training': add one (recipes/quickstart.yaml shows how).");
        var special = new SpecialTokens(job.Tokenizer.VocabularySize);
        ModelDescription description = ModelDescriptions.Of(recipe, special, job.Device) with
        {
            // Questions that are asked meanwhile show other images.
            TakesFeatures = job.Features is not null && job.Ask is null,
        };
        int longest =
            await job.Shards.RefuseLongSamplesAsync(description.Language.ReachablePositions, cancellation);
        var store = new CheckpointStore(job.Folder.Checkpoints, settings.KeepCheckpoints, job.Hashes);
        store.Recover();
        (string Folder, TrainingState State)? newest = store.Latest();
        var pass = PassSize.Of(
            settings,
            description,
            BatchMix.Of(job.Shards.Manifest, settings.Objective),
            longest,
            DeviceMemory.Of(job.Device),
            newest?.State.Chosen);
        var loaderSettings = new DataLoaderSettings
        {
            Batch = settings.Batch,
            Cut = pass.Cut,
            Frame = recipe.Images.Frame,
            ImageOrder = recipe.Images.Order,
            Content = LearnedContent.Of(settings, special, description),
            Features = job.Features,
            Seed = recipe.TrainingSeed,
        };
        DataLoaderSettings evaluating = loaderSettings with { Cut = pass.EvaluationCut };
        ShardDataLoader training =
            await ShardDataLoader.OpenAsync(job.Shards, ShardSet.Train, loaderSettings, cancellation);
        ShardDataLoader? validation = job.Shards.SamplesIn(ShardSet.Validation) == 0
            ? null
            : await ShardDataLoader.OpenAsync(job.Shards, ShardSet.Validation, evaluating, cancellation);
        return new TrainingRun(job, settings, training, validation, description, store, newest, pass);
    }

    /// <summary>Trains, on the calling thread.</summary>
    /// <param name="watcher">Told every step, evaluation and checkpoint.</param>
    /// <param name="stop">Finishes the step, writes a checkpoint and returns.</param>
    /// <exception cref="WorkException">
    /// The loss or the gradient stays not finite, a shard is damaged, or a checkpoint cannot be
    /// written.
    /// </exception>
    /// <exception cref="ModelException">The model's folders do not hold what it needs.</exception>
    public TrainingOutcome Run(ITrainingWatcher watcher, CancellationToken stop)
    {
        try
        {
            return Train(watcher, stop);
        }
        catch (DeviceMemoryException exception)
        {
            throw OutOfMemory(exception);
        }
    }

    private TrainingOutcome Train(ITrainingWatcher watcher, CancellationToken stop)
    {
        using var model = ChatModel.Create(_description);
        using var trainer = new Trainer(model, SettingsOf());
        if (ResumedFrom is null)
            Evaluate(model, trainer, watcher, FirstEvaluationSamples);
        else
            trainer.Restore(ResumedFrom, _state.Trainer!);

        int last = Math.Min(Steps, _job.MaxSteps ?? Steps);
        using var loading = new CancellationTokenSource();
        try
        {
            ChannelReader<LoadedUpdate> updates = _training.Start(_state.Position, _settings.Epochs, loading.Token);
            LoadedUpdate? next = null;
            while (_state.Step < last && !stop.IsCancellationRequested)
            {
                long from = Stopwatch.GetTimestamp();
                LoadedUpdate? update = next;
                if (update is null && !LoadedUpdates.TryTake(updates, out update))
                    throw ShardsEndedEarly();
                TimeSpan waited = Stopwatch.GetElapsedTime(from);
                // If the next update has come, its first micro-batch is prepared during this one.
                next = null;
                if (_state.Step + 1 < last)
                    _ = updates.TryRead(out next);
                Learn(trainer, update, next, watcher, from, waited);
                if (IsEvaluationDue(update))
                    Evaluate(model, trainer, watcher);
                if (_state.Step % _settings.CheckpointEvery == 0)
                    Save(trainer, watcher);
            }
        }
        finally
        {
            loading.Cancel();
        }

        if (_newest?.Step != _state.Step)
            Save(trainer, watcher);
        string? best = _state.BestStep is null ? null : _store.Best;
        return new TrainingOutcome(_state.Step, Steps, _newest!.Value.Folder, best, _state.BestLoss)
        {
            PassedOver = model.PassedOver,
        };
    }

    private WorkException OutOfMemory(DeviceMemoryException exception)
    {
        string kept = _newest is { } newest ? $", from '{newest.Folder}'" : "";
        return new WorkException(
            $"{exception.Message} {PassSize.LessMemory(_settings, _pass.Chosen)} "
            + $"Then run the same command again to continue{kept}.",
            exception);
    }

    private static WorkException ShardsEndedEarly() => new(
        "The shards ended before the training: they were changed while it ran. Run the same command again.");

    private void Learn(
        Trainer trainer,
        LoadedUpdate update,
        LoadedUpdate? next,
        ITrainingWatcher watcher,
        long from,
        TimeSpan waited)
    {
        UpdateResult result = trainer.Update(update.ForModel, next?.ForModel);
        bool isLost = result.Skipped is SkipReason.Loss or SkipReason.Gradient;
        _state = _state with
        {
            Step = _state.Step + 1,
            Position = update.Next,
            Trainer = trainer.State,
            Skipped = _state.Skipped + (isLost ? 1 : 0),
            SkippedInARow = isLost ? _state.SkippedInARow + 1 : 0,
        };
        watcher.Observe(FiguresOf(update, result, Stopwatch.GetElapsedTime(from), waited));
        if (_state.SkippedInARow >= MaxSkippedInARow)
            throw Hopeless(update, result);
    }

    private StepFigures FiguresOf(LoadedUpdate update, UpdateResult result, TimeSpan taken, TimeSpan waited)
    {
        bool hasLoss = result.LabelTokens > 0;
        bool hasGradient = hasLoss && result.Skipped != SkipReason.Loss;
        return new StepFigures
        {
            Step = _state.Step,
            Steps = Steps,
            Epoch = update.Epoch + 1,
            Epochs = _settings.Epochs,
            Loss = hasLoss ? result.Loss : double.NaN,
            LearningRate = result.LearningRate,
            GradientNorm = hasGradient ? result.GradientNorm : double.NaN,
            Samples = update.MicroBatches.Sum(batch => batch.Samples.Count),
            Images = update.MicroBatches.Sum(batch => batch.Images),
            LabelTokens = (int)result.LabelTokens,
            Positions = update.MicroBatches.Sum(batch => batch.Positions),
            Seconds = taken.TotalSeconds,
            WaitSeconds = waited.TotalSeconds,
            Skipped = result.Skipped switch
            {
                SkipReason.Loss => "the loss is not finite (NaN or infinity)",
                SkipReason.Gradient => "the gradient is not finite (NaN or infinity)",
                SkipReason.Overflow => "the gradient overflowed; the loss scale is halved",
                _ => null,
            },
            LossScale = _job.Recipe.Model!.Dtype == Dtype.Fp16 ? result.LossScale : null,
        };
    }

    private DivergedException Hopeless(LoadedUpdate update, UpdateResult result)
    {
        string what = result.Skipped == SkipReason.Loss ? "loss" : "gradient";
        IEnumerable<string> ids = result.MicroBatch is { } index
            ? update.MicroBatches[index].Ids
            : update.MicroBatches.SelectMany(batch => batch.Ids);
        string kept = _store.Steps is [.., var last] ? $"The last good checkpoint is kept: '{last}'. " : "";
        return new DivergedException(
            $"The {what} was not finite (NaN or infinity) in {MaxSkippedInARow} updates in a row, "
            + $"the last time of the samples {string.Join(", ", ids)}. {kept}"
            + "A lower training.learning_rate or a longer training.warmup often helps; start over with --fresh.");
    }

    private bool IsEvaluationDue(LoadedUpdate update) =>
        _state.Step == Steps
        || _settings.EvaluateEvery.IsDue(_state.Step, endsEpoch: update.Next.Epoch > update.Epoch);

    /// <summary>
    /// Measures the loss of what is held out, if anything is, and keeps the weights if they are the
    /// best so far. The loss of a part of it cannot be compared.
    /// </summary>
    private void Evaluate(
        ChatModel model, Trainer trainer, ITrainingWatcher watcher, int most = int.MaxValue)
    {
        if (_validation is null)
            return;
        int samples = Math.Min(most, _validation.Samples);
        var evaluation = LossEvaluation.Of(
            model,
            _validation,
            samples,
            done => watcher.Observe(new EvaluationProgress(done, samples)),
            CancellationToken.None);
        bool isWhole = samples == _validation.Samples;
        bool isBest = isWhole && evaluation.Loss < (_state.BestLoss ?? double.PositiveInfinity);
        if (isBest)
        {
            _state = _state with { BestLoss = evaluation.Loss, BestStep = _state.Step, Trainer = trainer.State };
            _store.WriteBest(_state, Content(trainer));
        }

        watcher.Observe(new EvaluationFigures
        {
            Step = _state.Step,
            Loss = evaluation.Loss,
            TokenAccuracy = _settings.Objective == LearningObjective.Images ? null : evaluation.TokenAccuracy,
            Questions = _job.Ask?.Invoke(model),
            Labels = evaluation.Labels,
            Samples = evaluation.Samples.Count,
            SamplesHeldOut = isWhole ? null : _validation.Samples,
            IsBest = isBest,
        });
    }

    private void Save(Trainer trainer, ITrainingWatcher watcher)
    {
        _state = _state with { Trainer = trainer.State };
        string folder = _store.WriteStep(_state, Content(trainer));
        _newest = (_state.Step, folder);
        watcher.Observe(new CheckpointWritten(_state.Step, folder));
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
            ("recipe.yaml", Encoding.UTF8.GetBytes(Basis.Recipe)),
            ("tokenizer.model", UserFile.ReadAllBytes(_job.Recipe.Tokenizer.FullPath, FileLimits.Tokenizer)),
        ],
    };

    private TrainerSettings SettingsOf() => new()
    {
        Optimizer = _settings.Optimizer,
        Epsilon = _settings.Epsilon,
        EpsilonPlace = _settings.EpsilonPlace,
        LearningRate = _settings.LearningRate,
        EmbeddingLearningRate = _settings.EmbeddingLearningRate,
        VisionLearningRate = _settings.VisionLearningRate,
        VisionFrozenUpdates = _settings.VisionFrozen.UpdatesOf(Steps),
        Schedule = _settings.Schedule,
        Updates = Steps,
        WarmupUpdates = _settings.Warmup.UpdatesOf(Steps),
        WeightDecay = _settings.WeightDecay,
        Clip = _settings.Clip,
        ActivationCheckpointing = _pass.IsCheckpointed,
    };

    private void RequireSame(string checkpoint, TrainingState state)
    {
        TrainingBasis trained = state.BasisIn(checkpoint);
        IReadOnlyList<string> problems = Basis.DifferencesFrom(trained, _job.Recipe, _description);
        if (trained.Towers is null && Basis.Towers!.Count > 0)
        {
            _notes.Add(
                "The checkpoint is of an earlier version and does not record its towers: they are not compared.");
        }

        _notes.AddRange(
            _job.Recipe.DifferencesFrom(trained.Recipe, Outcome.Running).Select(key => key.Changed));
        if (problems.Count == 0)
            return;
        throw new InputException(
        [
            $"'{checkpoint}' is of another training:",
            .. problems.Select(problem => $"  {problem}"),
            "Continue with the same recipe, name another folder with --out, "
            + "or throw the checkpoints away with --fresh.",
        ]);
    }
}
