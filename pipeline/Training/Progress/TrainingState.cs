namespace VisualChat.Pipeline.Training.Progress;

/// <summary>Where a run stands: what displays show.</summary>
internal sealed class TrainingState
{
    private const int SmoothedSteps = 50;

    private readonly SmoothedLoss _loss = new(SmoothedSteps);

    /// <summary>Begins with what happened before a resumed run's display.</summary>
    public TrainingState(TrainingHistory before)
    {
        foreach (StepFigures figures in before.Steps)
            _loss.Add(figures);
        foreach (EvaluationFigures evaluation in before.Evaluations)
            Observe(evaluation);
    }

    /// <summary>The last update, if there was one since.</summary>
    public StepFigures? Step { get; private set; }

    /// <summary>How fast it is.</summary>
    public RunningRates Rates { get; } = new();

    /// <summary>The loss over the last updates.</summary>
    public double SmoothedLoss => _loss.Value;

    /// <summary>The last evaluation.</summary>
    public EvaluationFigures? Evaluation { get; private set; }

    /// <summary>The best evaluation.</summary>
    public EvaluationFigures? Best { get; private set; }

    /// <summary>The evaluation that is under way.</summary>
    public EvaluationProgress? Evaluating { get; private set; }

    /// <summary>Takes in what happened.</summary>
    public void Observe(TrainingEvent happened)
    {
        switch (happened)
        {
            case StepFigures step:
                Step = step;
                Rates.Add(step);
                _loss.Add(step);
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
}
