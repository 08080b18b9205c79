using VisualChat.Pipeline.Training.Progress;

namespace VisualChat.Pipeline.Terminal.Screens;

/// <summary>
/// Shows a run in plain lines some seconds apart, where nobody watches. What deserves a line of its
/// own gets it at once.
/// </summary>
/// <param name="error">Standard error: results go elsewhere.</param>
/// <param name="before">What happened before, if the run resumes.</param>
/// <param name="time">The clock that paces the lines.</param>
internal sealed class TrainingLines(TextWriter error, TrainingHistory before, TimeProvider time) : ITrainingWatcher
{
    private static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(5);

    private readonly DisplayedRun _state = new(before);
    private long? _lastLine;

    public void Observe(TrainingEvent happened)
    {
        _state.Observe(happened);
        if (TrainingText.LineOf(happened) is { } line)
            error.WriteLine(line);
        else if (happened is EvaluationProgress progress && IsDue(isLast: false))
            error.WriteLine($"evaluating: {progress.SamplesDone:N0} of {progress.Samples:N0} samples");
        else if (happened is StepFigures step && IsDue(isLast: step.Step == step.Steps))
            error.WriteLine(LineOf(step));
    }

    public void Dispose()
    {
    }

    private string LineOf(StepFigures step)
    {
        RunningRates rates = _state.Rates;
        return $"step {step.Step:N0} of {step.Steps:N0}, epoch {step.Epoch} of {step.Epochs}: "
            + $"loss {TrainingText.Loss(_state.SmoothedLoss)} (last {TrainingText.Loss(step.Loss)}), "
            + $"learning rate {TrainingText.Small(step.LearningRate)}, "
            + $"{TrainingText.Rate(rates.TokensPerSecond)} tokens/s, "
            + $"{TrainingText.Rate(rates.ImagesPerSecond)} images/s, "
            + $"waited {TrainingText.Share(rates.WaitShare)}, {TrainingText.Time(rates.TimeLeft)} left";
    }

    private bool IsDue(bool isLast)
    {
        if (!isLast && _lastLine is { } last && time.GetElapsedTime(last) < BetweenLines)
            return false;
        _lastLine = time.GetTimestamp();
        return true;
    }
}
