using VisualChat.Model.Errors;

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

    /// <summary>
    /// A schedule by its name: <c>linear</c>, <c>cosine</c>, <c>cosine_with_restarts</c>,
    /// <c>polynomial</c>, <c>constant</c> or <c>constant_with_warmup</c>.
    /// </summary>
    /// <exception cref="ModelException">Another name.</exception>
    public static ScheduleKind Parse(string name) => name switch
    {
        "linear" => ScheduleKind.Linear,
        "cosine" => ScheduleKind.Cosine,
        "cosine_with_restarts" => ScheduleKind.CosineWithRestarts,
        "polynomial" => ScheduleKind.Polynomial,
        "constant" => ScheduleKind.Constant,
        "constant_with_warmup" => ScheduleKind.ConstantWithWarmup,
        _ => throw new ModelException(
            $"There is no schedule '{name}'; there are linear, cosine, cosine_with_restarts, polynomial, "
            + "constant and constant_with_warmup."),
    };

    /// <summary>Updates of warm-up, from a recipe's value.</summary>
    /// <param name="warmup">Up to 1: a share of the updates, rounded up. Above: updates.</param>
    /// <param name="updates">All updates of the training.</param>
    public static long WarmupOf(double warmup, long updates)
    {
        // In decimal: 0.07 of 100 is 7, but the product of binary fractions is a little more.
        decimal exact = warmup <= 1 ? (decimal)warmup * updates : (decimal)warmup;
        return (long)Math.Ceiling(exact);
    }

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
