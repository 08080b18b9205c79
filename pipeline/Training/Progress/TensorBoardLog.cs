using TorchSharp;
using TorchSharp.Modules;

namespace VisualChat.Pipeline.Training.Progress;

/// <summary>Event files for TensorBoard under <c>tensorboard</c>. A resumed run goes on in a file of its own, after what came later is cut off the others.</summary>
public sealed class TensorBoardLog : ITrainingWatcher
{
    private const string EvaluationTag = "evaluation/loss";

    private readonly SummaryWriter _events;
    private readonly TimeProvider _time;
    private int _lastEvaluation;

    private TensorBoardLog(string folder, int lastEvaluation, TimeProvider time)
    {
        _events = torch.utils.tensorboard.SummaryWriter(folder);
        _lastEvaluation = lastEvaluation;
        _time = time;
    }

    /// <summary>Begins, in place of any event files there are.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="time">The clock.</param>
    public static TensorBoardLog Start(string folder, TimeProvider time)
    {
        foreach (string file in FilesIn(folder))
            File.Delete(file);
        return new TensorBoardLog(PathIn(folder), -1, time);
    }

    /// <summary>Goes on with a run.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="step">Updates of the checkpoint that the run resumes at.</param>
    /// <param name="time">The clock.</param>
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

    /// <inheritdoc/>
    public void Observe(TrainingEvent happened)
    {
        switch (happened)
        {
            case StepFigures step:
                if (SmoothedLoss.Counts(step))
                    Add("train/loss", step.Loss, step.Step);
                Add("train/learning_rate", step.LearningRate, step.Step);
                if (double.IsFinite(step.GradientNorm))
                    Add("train/gradient_norm", step.GradientNorm, step.Step);
                Add("train/tokens_per_second", step.Positions / Math.Max(step.Seconds, 1e-9), step.Step);
                break;
            case EvaluationFigures evaluation when evaluation.Step > _lastEvaluation:
                _lastEvaluation = evaluation.Step;
                Add(EvaluationTag, evaluation.Loss, evaluation.Step);
                break;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private static string PathIn(string folder) => Path.Combine(folder, "tensorboard");

    private static string[] FilesIn(string folder) => Directory.Exists(PathIn(folder)) ? Directory.GetFiles(PathIn(folder), "events.out.tfevents.*") : [];

    private void Add(string tag, double value, int step) => _events.add_scalar(tag, (float)value, step, _time.GetUtcNow().ToUnixTimeSeconds());
}
