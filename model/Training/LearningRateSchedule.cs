namespace VisualChat.Model.Training;

/// <summary>
/// The share of the peak learning rate that an update has: a linear warm-up from 0, then one of six
/// curves.
/// </summary>
/// <remarks>
/// Formulas and defaults are those of Hugging Face's <c>get_scheduler</c> (transformers,
/// <c>optimization.py</c>).
/// </remarks>
public sealed record LearningRateSchedule
{
    private const double PolynomialEnd = 1e-7;

    /// <summary>The curve after warm-up.</summary>
    public required ScheduleKind Kind { get; init; }

    /// <summary>All updates of the training, warm-up included.</summary>
    public required long Updates { get; init; }

    /// <summary>Updates of warm-up. The first of them has a rate of 0.</summary>
    public required long WarmupUpdates { get; init; }

    /// <summary>
    /// The peak rate. The polynomial schedule needs it because Hugging Face gives its end as a
    /// rate, not as a fraction.
    /// </summary>
    public required double LearningRate { get; init; }

    /// <summary>The share of the peak rate.</summary>
    /// <param name="update">Which update, from 0.</param>
    public double FactorAt(long update)
    {
        if (Kind != ScheduleKind.Constant && update < WarmupUpdates)
            return (double)update / WarmupUpdates;
        double progress = (double)(update - WarmupUpdates) / Math.Max(1, Updates - WarmupUpdates);
        return Kind switch
        {
            ScheduleKind.Linear => Math.Max(0, 1 - progress),
            ScheduleKind.Cosine or ScheduleKind.CosineWithRestarts => HalfCosine(progress),
            ScheduleKind.Polynomial => PolynomialShare(progress),
            _ => 1,
        };
    }

    private static double HalfCosine(double progress) =>
        progress >= 1 ? 0 : 0.5 * (1 + Math.Cos(Math.PI * progress));

    private double PolynomialShare(double progress)
    {
        double end = Math.Min(PolynomialEnd, LearningRate);
        return (((LearningRate - end) * Math.Max(0, 1 - progress)) + end) / LearningRate;
    }
}
