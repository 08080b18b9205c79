using VisualChat.Pipeline.Training.Progress;

namespace VisualChat.Pipeline.Comparing;

/// <summary>One evaluation of a run.</summary>
/// <param name="Step">Updates before it.</param>
/// <param name="Samples">Samples trained on before it.</param>
/// <param name="Seconds">How long the updates before it took.</param>
/// <param name="Loss">Mean over the held-out labels, in nats; NaN if it was not finite.</param>
/// <param name="TokenAccuracy">The share of labels that are the likeliest token.</param>
/// <param name="Answers">How the held-out questions were answered; null: none were asked.</param>
internal sealed record RunPoint(
    int Step, long Samples, double Seconds, double Loss, double TokenAccuracy, AnsweredQuestions? Answers)
{
    /// <summary>The share of questions answered right; NaN if none were asked.</summary>
    public double RightShare => Answers is { } answers ? (double)answers.Right / answers.Asked : double.NaN;

    /// <summary>The evaluations in a run's log.</summary>
    public static IReadOnlyList<RunPoint> Of(TrainingHistory history)
    {
        var points = new List<RunPoint>();
        long samples = 0;
        double seconds = 0;
        int next = 0;
        foreach (EvaluationFigures evaluation in history.Evaluations)
        {
            for (; next < history.Steps.Count && history.Steps[next].Step <= evaluation.Step; next++)
            {
                samples += history.Steps[next].Samples;
                seconds += history.Steps[next].Seconds;
            }

            points.Add(new RunPoint(
                evaluation.Step,
                samples,
                seconds,
                evaluation.Loss,
                evaluation.TokenAccuracy ?? double.NaN,
                evaluation.Questions));
        }

        return points;
    }
}
