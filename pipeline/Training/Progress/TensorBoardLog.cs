using TorchSharp;
using TorchSharp.Modules;
using VisualChat.Model.Native;

namespace VisualChat.Pipeline.Training.Progress;

/// <summary>
/// Event files for TensorBoard under <c>tensorboard</c>. A resumed run continues in a file of its
/// own, once events after its checkpoint are cut off the others.
/// </summary>
internal sealed class TensorBoardLog : ITrainingWatcher
{
    private const string EvaluationTag = "evaluation/loss";

    private readonly SummaryWriter _events;
    private readonly TimeProvider _time;
    private int _lastEvaluation;

    private TensorBoardLog(string folder, int lastEvaluation, TimeProvider time)
    {
        // The writer computes its checksums in TorchSharp's native library.
        TorchNatives.EnsureLoadable();
        _events = torch.utils.tensorboard.SummaryWriter(folder);
        _lastEvaluation = lastEvaluation;
        _time = time;
    }

    /// <summary>Begins, in place of earlier event files.</summary>
    /// <param name="folder">The run's folder.</param>
    public static TensorBoardLog Start(string folder, TimeProvider time)
    {
        foreach (string file in FilesIn(folder))
            File.Delete(file);
        return new TensorBoardLog(PathIn(folder), -1, time);
    }

    /// <summary>Continues a run.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="step">The checkpoint that the run resumes from.</param>
    public static TensorBoardLog Resume(string folder, int step, TimeProvider time)
    {
        long lastEvaluation = -1;
        foreach (string file in FilesIn(folder))
        {
            EventFile.CutBack(file, step);
            lastEvaluation = EventFile.Read(file)
                .Where(item => item.Happened.Summary?.Value.Any(value => value.Tag == EvaluationTag) ?? false)
                .Select(item => item.Happened.Step)
                .Append(lastEvaluation)
                .Max();
        }

        return new TensorBoardLog(PathIn(folder), (int)lastEvaluation, time);
    }

    public void Observe(TrainingEvent happened)
    {
        switch (happened)
        {
            case StepFigures step:
                Add("train/loss", step.LossOfLabels, step.Step);
                Add("train/learning_rate", step.LearningRate, step.Step);
                Add("train/gradient_norm", step.GradientNorm, step.Step);
                Add("train/tokens_per_second", step.TokensPerSecond, step.Step);
                break;
            case EvaluationFigures evaluation when evaluation.Step > _lastEvaluation:
                _lastEvaluation = evaluation.Step;
                Add(EvaluationTag, evaluation.Loss, evaluation.Step);
                break;
        }
    }

    public void Dispose()
    {
    }

    private static string PathIn(string folder) => Path.Combine(folder, "tensorboard");

    private static string[] FilesIn(string folder) =>
        Directory.Exists(PathIn(folder)) ? Directory.GetFiles(PathIn(folder), "events.out.tfevents.*") : [];

    private void Add(string tag, double value, int step)
    {
        if (double.IsFinite(value))
            _events.add_scalar(tag, (float)value, step, _time.GetUtcNow().ToUnixTimeSeconds());
    }
}
