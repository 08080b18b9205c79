using TorchSharp;
using TorchSharp.Modules;
using VisualChat.Model.Errors;
using VisualChat.Model.Language;
using VisualChat.Model.Projection;
using VisualChat.Model.Safetensors;
using VisualChat.Model.Vision;
using static TorchSharp.torch;

namespace VisualChat.Model.Training;

/// <summary>
/// Has a model learn, one update after the other, and can stop and go on as though it had not. An update's gradient is that of the mean
/// loss over all labelled tokens of its micro-batches, however they were cut.
/// </summary>
/// <remarks>Belongs to one thread, as tensors do. Costs, beside the model: two moments and a gradient for each weight that is trained.</remarks>
public sealed class Trainer : IDisposable
{
    /// <summary>The name of the file that <see cref="WriteWeights"/> is for.</summary>
    public const string WeightsFile = "model.safetensors";

    /// <summary>The name of the file that <see cref="WriteOptimizer"/> is for.</summary>
    public const string OptimizerFile = "optimizer.safetensors";

    private static readonly Dictionary<string, string> Metadata = new() { ["format"] = "pt" };

    private readonly ChatModel _model;
    private readonly TrainerSettings _settings;
    private readonly LearningRateSchedule _schedule;
    private readonly AdamW _adamW;
    private readonly Muon _muon;
    private readonly LossScaler _scaler;
    private readonly Replicas _replicas;
    private long _updates;
    private long _steps;

    /// <summary>Starts at update 0, with the model's weights as they are. The model stays the caller's.</summary>
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
        bool IsMuons((string Name, Parameter Value) item) => settings.Optimizer == OptimizerKind.Muon && Muon.Fits(item.Name, item.Value);
        _adamW = new AdamW([.. Trained.Where(item => !IsMuons(item))]);
        _muon = new Muon([.. Trained.Where(IsMuons)]);
        _replicas = new Replicas(model);
        _scaler = new LossScaler(model.Description.ComputeType == ScalarType.Float16);
    }

    /// <summary>Where the training stands, but for weights and moments.</summary>
    public TrainerState State => new() { Updates = _updates, Steps = _steps, LossScale = _scaler.Scale, StepsAtScale = _scaler.StepsAtScale };

    /// <summary>About how many bytes <see cref="WriteWeights"/> writes.</summary>
    public long WeightBytes => Bytes(Weights);

    /// <summary>About how many bytes <see cref="WriteOptimizer"/> writes.</summary>
    public long OptimizerBytes => Bytes(Moments);

    private IReadOnlyList<(string Name, Parameter Value)> Trained => _model.Parameters.Trained;

    private IEnumerable<(string Name, Tensor Value)> Moments => _adamW.Moments.Concat(_muon.Moments);

    private IEnumerable<(string Name, Tensor Value)> Weights => Trained.Select(item => (item.Name, (Tensor)item.Value));

    /// <summary>One update. A loss or a gradient that is no number changes nothing but the schedule's place, and is told.</summary>
    /// <param name="batches">The update's samples, in as many parts as memory asks for.</param>
    /// <exception cref="ArgumentException">Ids, labels and images do not go together.</exception>
    /// <exception cref="AggregateException">A recomputed layer failed.</exception>
    public UpdateResult Update(IReadOnlyList<MicroBatch> batches)
    {
        ArgumentNullException.ThrowIfNull(batches);
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
            result = AddGradients(batches, result);
            if (result.LabelTokens > 0 && result.Skipped is null)
                result = Step(result);
            _updates++;
            return result;
        }
        finally
        {
            _replicas.ClearGradients();
        }
    }

    /// <summary>Writes what was trained, as <see cref="ModelDescription.Checkpoint"/> and <see cref="Restore"/> read it.</summary>
    public void WriteWeights(Stream output) => Write(output, Weights);

    /// <summary>Writes the optimizer's moments, as <see cref="Restore"/> reads them.</summary>
    public void WriteOptimizer(Stream output) => Write(output, Moments);

    /// <summary>Goes on where another trainer was.</summary>
    /// <param name="folder">Holds <see cref="WeightsFile"/> and <see cref="OptimizerFile"/>.</param>
    /// <param name="state">What its <see cref="State"/> was.</param>
    /// <exception cref="ModelException">A file is damaged, or does not hold what is trained here; nothing was changed. Every tensor that differs is named.</exception>
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
        (_updates, _steps, _scaler.Scale, _scaler.StepsAtScale) = (state.Updates, state.Steps, state.LossScale, state.StepsAtScale);
    }

    /// <summary>Frees the moments. The model is its owner's.</summary>
    public void Dispose()
    {
        _adamW.Dispose();
        _muon.Dispose();
        _replicas.Dispose();
    }

    // What was frozen warms up on its own: at its full rate, the first updates were seen to undo all that the decoder had learned of it.
    private double VisionRate(UpdateResult result)
    {
        double rate = result.LearningRate * (_settings.VisionLearningRate ?? _settings.LearningRate) / _settings.LearningRate;
        long since = _updates - _settings.VisionFrozenUpdates;
        return _settings.VisionFrozenUpdates == 0 || since >= _settings.WarmupUpdates ? rate : rate * since / _settings.WarmupUpdates;
    }

    /// <summary>Whether a weight turns images into what the decoder reads: the tower's, or the projection's.</summary>
    internal static bool IsVision(string name) =>
        name.StartsWith(ClipParameters.Prefix, StringComparison.Ordinal) || name.StartsWith(BaselineProjection.Prefix, StringComparison.Ordinal);

    /// <summary>Whether a weight multiplies: matrices, and convolutions that are as much; rows that are looked up do not.</summary>
    internal static bool IsMatrix(string name, Tensor weight) => weight.dim() > 1 && name is not (LlamaParameters.Embedding or ClipParameters.Positions);

    private static long Bytes(IEnumerable<(string Name, Tensor Value)> tensors) => tensors.Sum(tensor => tensor.Value.numel() * tensor.Value.element_size());

    private static void Write(Stream output, IEnumerable<(string Name, Tensor Value)> tensors) =>
        SafetensorsWriter.Write(output, [.. tensors.Select(tensor => SafetensorsTensor.Of(tensor.Name, tensor.Value))], Metadata);

    private UpdateResult AddGradients(IReadOnlyList<MicroBatch> batches, UpdateResult result)
    {
        double sum = 0;
        int[] learned = [.. Enumerable.Range(0, batches.Count).Where(index => batches[index].LabelTokens > 0)];
        foreach (int[] side in learned.Chunk(_replicas.Count))
        {
            double[] sums = _replicas.Learn([.. side.Select(index => batches[index])], _scaler.Scale / result.LabelTokens, _settings.ActivationCheckpointing);
            for (int place = 0; place < side.Length; place++)
            {
                sum += sums[place];
                if (!double.IsFinite(sums[place]))
                    return result with { LossSum = sum, Skipped = SkipReason.Loss, MicroBatch = side[place] };
            }
        }

        return result with { LossSum = sum };
    }

    private UpdateResult Step(UpdateResult result)
    {
        bool isVisionFrozen = _updates < _settings.VisionFrozenUpdates;
        if (isVisionFrozen)
        {
            foreach ((string name, Parameter weight) in Trained)
            {
                if (IsVision(name))
                    weight.grad = null;
            }
        }

        Tensor[] gradients = [.. Trained.Select(item => item.Value.grad).OfType<Tensor>()];
        double norm = Norm(gradients) / _scaler.Scale;
        if (!double.IsFinite(norm))
            return result with { GradientNorm = norm, Skipped = _scaler.Overflowed() ? SkipReason.Overflow : SkipReason.Gradient };
        double shorten = _settings.Clip > 0 && norm > _settings.Clip ? _settings.Clip / norm : 1;
        using Scalar factor = shorten / _scaler.Scale;
        if (shorten / _scaler.Scale != 1)
            foreach (Tensor gradient in gradients)
                _ = gradient.mul_(factor);
        double? visionRate = isVisionFrozen ? null : VisionRate(result);
        _adamW.Step(++_steps, result.LearningRate, result.EmbeddingLearningRate, visionRate, _settings.WeightDecay);
        _muon.Step(result.LearningRate, visionRate, _settings.WeightDecay);
        _scaler.Stepped();
        return result with { GradientNorm = norm };
    }

    // The lengths stay on their device until all are known, and add up in double.
    private static double Norm(Tensor[] gradients) => gradients.Length == 0 ? 0
        : stack([.. gradients.Select(gradient => gradient.norm())]).to(ScalarType.Float64).norm().item<double>();
}
