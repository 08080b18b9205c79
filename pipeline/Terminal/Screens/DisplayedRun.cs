using VisualChat.Pipeline.Training.Progress;

namespace VisualChat.Pipeline.Terminal.Screens;

/// <summary>Where a run stands: what its screen and its lines show.</summary>
internal sealed class DisplayedRun
{
    private const int MostSmoothedSteps = 50;
    private const int FewestSmoothedSteps = 5;

    private MovingAverage? _loss;

    /// <param name="before">What happened before, if the run resumes.</param>
    public DisplayedRun(TrainingHistory before)
    {
        foreach (StepFigures figures in before.Steps)
            AddLoss(figures);
        foreach (EvaluationFigures evaluation in before.Evaluations)
            Observe(evaluation);
    }

    /// <summary>The last update; null before the first since the run resumed.</summary>
    public StepFigures? Step { get; private set; }

    public RunningRates Rates { get; } = new();

    /// <summary>The loss over the last updates: fifty, or a twentieth of a short run's.</summary>
    public double SmoothedLoss => _loss?.Value ?? double.NaN;

    public EvaluationFigures? Evaluation { get; private set; }

    public EvaluationFigures? Best { get; private set; }

    /// <summary>The evaluation under way; null between evaluations.</summary>
    public EvaluationProgress? Evaluating { get; private set; }

    public void Observe(TrainingEvent happened)
    {
        switch (happened)
        {
            case StepFigures step:
                Step = step;
                Rates.Add(step);
                AddLoss(step);
                break;
            case EvaluationFigures evaluation:
                Evaluation = evaluation;
                Evaluating = null;
                if (evaluation.IsBest)
                    Best = evaluation;
                break;
            case EvaluationProgress progress:
                Evaluating = progress;
                break;
        }
    }

    private void AddLoss(StepFigures figures)
    {
        _loss ??= new MovingAverage(Math.Clamp(figures.Steps / 20, FewestSmoothedSteps, MostSmoothedSteps));
        _loss.Add(figures.LossOfLabels);
    }
}
