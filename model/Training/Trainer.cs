using TorchSharp;
using VisualChat.Model.Errors;
using VisualChat.Model.Parameters;
using VisualChat.Model.Safetensors;
using static TorchSharp.torch;

namespace VisualChat.Model.Training;

/// <summary>
/// Trains a model, one update after the other. It can stop and continue as though it had not
/// stopped.
/// </summary>
/// <remarks>
/// An update's gradient is the gradient of the mean loss over all labelled tokens of its
/// micro-batches, however these are cut. Use it from one thread. Another thread prepares the
/// micro-batches meanwhile (<see cref="PreparedBatches"/>). Costs, beside the model: two moments
/// and a gradient for each trained weight.
/// </remarks>
public sealed class Trainer : IDisposable
{
    /// <summary>The file name for <see cref="WriteWeights"/>.</summary>
    public const string WeightsFile = "model.safetensors";

    /// <summary>The file name for <see cref="WriteOptimizer"/>.</summary>
    public const string OptimizerFile = "optimizer.safetensors";

    private readonly ChatModel _model;
    private readonly TrainerSettings _settings;
    private readonly LearningRateSchedule _schedule;
    private readonly AdamW _adamW;
    private readonly Muon _muon;
    private readonly LossScaler _scaler;
    private readonly Replicas _replicas;
    private readonly PreparedBatches _prepared;
    private long _updates;
    private long _steps;

    // The update whose batches are being prepared.
    private IReadOnlyList<MicroBatch>? _next;

    /// <summary>
    /// Starts at update 0, with the model's weights. The model stays the caller's.
    /// </summary>
    public Trainer(ChatModel model, TrainerSettings settings)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(settings);
        _model = model;
        _settings = settings;
        _schedule = new LearningRateSchedule
        {
            Kind = settings.Schedule,
            Updates = settings.Updates,
            WarmupUpdates = settings.WarmupUpdates,
            LearningRate = settings.LearningRate,
        };
        bool IsMuons(TrainedParameter item) => settings.Optimizer == OptimizerKind.Muon && Muon.Fits(item.Spec);
        _adamW = new AdamW([.. Trained.Where(item => !IsMuons(item))], settings.Epsilon, settings.EpsilonPlace);
        _muon = new Muon([.. Trained.Where(IsMuons)]);
        _replicas = new Replicas(model);
        // All that are computed at once, and the one after them.
        _prepared = new PreparedBatches(model, _replicas.Count + 1);
        _scaler = new LossScaler(model.Description.ComputeType == ScalarType.Float16);
    }

    /// <summary>Where the training stands, without weights and moments.</summary>
    public TrainerState State => new()
    {
        Updates = _updates,
        Steps = _steps,
        LossScale = _scaler.Scale,
        StepsAtScale = _scaler.StepsAtScale,
    };

    /// <summary>About how many bytes <see cref="WriteWeights"/> writes.</summary>
    public long WeightBytes => Bytes(Weights);

    /// <summary>About how many bytes <see cref="WriteOptimizer"/> writes.</summary>
    public long OptimizerBytes => Bytes(Moments);

    private IReadOnlyList<TrainedParameter> Trained => _model.Parameters.Trained;

    private IEnumerable<(string Name, Tensor Value)> Moments => _adamW.Moments.Concat(_muon.Moments);

    private IEnumerable<(string Name, Tensor Value)> Weights =>
        Trained.Select(item => (item.Name, (Tensor)item.Value));

    /// <summary>
    /// One update. If a loss or the gradient is not finite, only the schedule advances, and the
    /// result says so.
    /// </summary>
    /// <param name="batches">The update's samples, in as many parts as memory asks for.</param>
    /// <param name="next">
    /// The update after this one, if it is known: its first batches are prepared while the last of
    /// this one are computed. Give the same objects as its <paramref name="batches"/>.
    /// </param>
    /// <exception cref="ArgumentException">Ids, labels and images do not match.</exception>
    /// <exception cref="AggregateException">A recomputed layer failed.</exception>
    /// <exception cref="DeviceMemoryException">
    /// A part does not fit. The weights are as they were.
    /// </exception>
    public UpdateResult Update(IReadOnlyList<MicroBatch> batches, IReadOnlyList<MicroBatch>? next = null)
    {
        ArgumentNullException.ThrowIfNull(batches);
        Expect(batches, next);
        double factor = _schedule.FactorAt(_updates);
        var result = new UpdateResult
        {
            LossSum = 0,
            LabelTokens = batches.Sum(batch => batch.LabelTokens),
            GradientNorm = 0,
            LearningRate = factor * _settings.LearningRate,
            EmbeddingLearningRate = factor * (_settings.EmbeddingLearningRate ?? _settings.LearningRate),
            LossScale = _scaler.Scale,
        };
        try
        {
            using DisposeScope scope = NewDisposeScope();
            if (result.LabelTokens > 0)
                result = Step(result, AddGradients(batches, result.LabelTokens, scope));
            _updates++;
            return result;
        }
        catch (Exception exception)
        {
            _next = null;
            _prepared.Clear();
            if (DeviceMemoryException.Of(exception) is { } problem)
                throw problem;
            throw;
        }
        finally
        {
            _replicas.ClearGradients();
        }
    }

    /// <summary>
    /// Writes the trained weights, for <see cref="ModelDescription.Checkpoint"/> and
    /// <see cref="Restore"/>.
    /// </summary>
    public void WriteWeights(Stream output) => Write(output, Weights);

    /// <summary>Writes the optimizer's moments, for <see cref="Restore"/>.</summary>
    public void WriteOptimizer(Stream output) => Write(output, Moments);

    /// <summary>Continues where another trainer was.</summary>
    /// <param name="folder">
    /// Holds <see cref="WeightsFile"/> and <see cref="OptimizerFile"/>.
    /// </param>
    /// <param name="state">The other trainer's <see cref="State"/>.</param>
    /// <exception cref="ModelException">
    /// A file is damaged, or does not hold what is trained here; nothing was changed. Every tensor
    /// that differs is named.
    /// </exception>
    public void Restore(string folder, TrainerState state)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(state);
        using var weights = new SavedTensors(Path.Combine(folder, WeightsFile));
        using var moments = new SavedTensors(Path.Combine(folder, OptimizerFile));
        string[] problems = [.. weights.Problems(Weights), .. moments.Problems(Moments)];
        if (problems.Length > 0)
            throw new ModelException(problems);
        weights.CopyTo(Weights);
        moments.CopyTo(Moments);
        (_updates, _steps) = (state.Updates, state.Steps);
        (_scaler.Scale, _scaler.StepsAtScale) = (state.LossScale, state.StepsAtScale);
    }

    /// <summary>Frees the moments, not the model.</summary>
    public void Dispose()
    {
        _adamW.Dispose();
        _muon.Dispose();
        _prepared.Dispose();
        _replicas.Dispose();
    }

    private static long Bytes(IEnumerable<(string Name, Tensor Value)> tensors) =>
        tensors.Sum(tensor => tensor.Value.numel() * tensor.Value.element_size());

    private static void Write(Stream output, IEnumerable<(string Name, Tensor Value)> tensors)
    {
        SafetensorsTensor[] written = [.. tensors.Select(tensor => SafetensorsTensor.Of(tensor.Name, tensor.Value))];
        SafetensorsWriter.Write(output, written, SafetensorsWriter.PyTorchMetadata);
    }

    private void Expect(IReadOnlyList<MicroBatch> batches, IReadOnlyList<MicroBatch>? next)
    {
        if (_next is null || !batches.SequenceEqual(_next, ReferenceEqualityComparer.Instance))
        {
            _prepared.Clear();
            Prepare(batches);
        }

        _next = next;
        if (next is not null)
            Prepare(next);
    }

    private void Prepare(IReadOnlyList<MicroBatch> batches)
    {
        foreach (MicroBatch batch in batches.Where(IsLearned))
            _prepared.Add(batch);
    }

    private static bool IsLearned(MicroBatch batch) => batch.LabelTokens > 0;

    // The sum of losses of each micro-batch, and its index. They stay on their device.
    private List<(int MicroBatch, Tensor Sum)> AddGradients(
        IReadOnlyList<MicroBatch> batches, long labelTokens, DisposeScope scope)
    {
        List<(int, Tensor)> sums = [];
        double scale = _scaler.Scale / labelTokens;
        int[] labelled = [.. Enumerable.Range(0, batches.Count).Where(index => IsLearned(batches[index]))];
        foreach (int[] together in labelled.Chunk(_replicas.Count))
        {
            var chunk = new List<PreparedBatch>();
            try
            {
                foreach (int _ in together)
                    chunk.Add(_prepared.Take());
                IReadOnlyList<Tensor> own = _replicas.AddGradients(chunk, scale, _settings.ActivationCheckpointing);
                scope.Attach(own);
                sums.AddRange(together.Zip(own));
            }
            finally
            {
                chunk.ForEach(batch => batch.Dispose());
            }
        }

        return sums;
    }

    private UpdateResult Step(UpdateResult result, List<(int MicroBatch, Tensor Sum)> sums)
    {
        bool isVisionFrozen = _updates < _settings.VisionFrozenUpdates;
        if (isVisionFrozen)
        {
            foreach (TrainedParameter trained in Trained.Where(item => item.IsVision))
                trained.Value.grad = null;
        }

        Tensor[] gradients = [.. Trained.Select(item => item.Value.grad).OfType<Tensor>()];
        // The one read of the update: until here nothing waited for the device.
        double[] numbers = _model.Transfers.Read(stack([.. sums.Select(item => Wide(item.Sum)), Norm(gradients)]));
        result = result with { LossSum = numbers[..^1].Sum() };
        int failed = Array.FindIndex(numbers[..^1], sum => !double.IsFinite(sum));
        if (failed >= 0)
            return result with { Skipped = SkipReason.Loss, MicroBatch = sums[failed].MicroBatch };
        double norm = numbers[^1] / _scaler.Scale;
        if (!double.IsFinite(norm))
        {
            SkipReason reason = _scaler.Overflowed() ? SkipReason.Overflow : SkipReason.Gradient;
            return result with { GradientNorm = norm, Skipped = reason };
        }

        double shorten = _settings.Clip > 0 && norm > _settings.Clip ? _settings.Clip / norm : 1;
        using Scalar factor = shorten / _scaler.Scale;
        if (shorten / _scaler.Scale != 1)
        {
            foreach (Tensor gradient in gradients)
                _ = gradient.mul_(factor);
        }

        double? visionRate = isVisionFrozen ? null : VisionRate(result);
        _adamW.Step(
            ++_steps, result.LearningRate, result.EmbeddingLearningRate, visionRate, _settings.WeightDecay);
        _muon.Step(result.LearningRate, visionRate, _settings.WeightDecay);
        _scaler.Stepped();
        return result with { GradientNorm = norm };
    }

    // What was frozen warms up on its own: at its full rate, the first updates were seen to undo
    // all that the decoder had learned of it.
    private double VisionRate(UpdateResult result)
    {
        double peak = _settings.VisionLearningRate ?? _settings.LearningRate;
        double rate = result.LearningRate * peak / _settings.LearningRate;
        long since = _updates - _settings.VisionFrozenUpdates;
        return _settings.VisionFrozenUpdates == 0 || since >= _settings.WarmupUpdates
            ? rate
            : rate * since / _settings.WarmupUpdates;
    }

    // The lengths are added in double.
    private Tensor Norm(Tensor[] gradients) => gradients.Length == 0
        ? zeros([], dtype: ScalarType.Float64, device: _model.Transfers.Device)
        : Wide(stack([.. gradients.Select(gradient => gradient.norm())])).norm();

    private static Tensor Wide(Tensor x) => x.to(ScalarType.Float64);
}
