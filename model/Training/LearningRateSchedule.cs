using VisualChat.Model.Errors;

namespace VisualChat.Model.Training;

/// <summary>
/// The share of the learning rate that an update has: warm-up from nothing in equal steps, then one of six ways on. Formulas and defaults
/// are those of Hugging Face's <c>get_scheduler</c> (transformers, <c>optimization.py</c>).
/// </summary>
public sealed record LearningRateSchedule
{
    private const double PolynomialEnd = 1e-7;

    /// <summary>How it goes after warm-up.</summary>
    public required ScheduleKind Kind { get; init; }

    /// <summary>Updates in all.</summary>
    public required long Updates { get; init; }

    /// <summary>Updates of warm-up, of which the first has a rate of 0.</summary>
    public required long WarmupUpdates { get; init; }

    /// <summary>The rate that is a share of; a polynomial ends at a rate, not at a share.</summary>
    public required double LearningRate { get; init; }

    /// <summary>A schedule by its name: <c>linear</c>, <c>cosine</c>, <c>cosine_with_restarts</c>, <c>polynomial</c>, <c>constant</c> or <c>constant_with_warmup</c>.</summary>
    /// <exception cref="ModelException">Another name.</exception>
    public static ScheduleKind Parse(string name) => name switch
    {
        "linear" => ScheduleKind.Linear,
        "cosine" => ScheduleKind.Cosine,
        "cosine_with_restarts" => ScheduleKind.CosineWithRestarts,
        "polynomial" => ScheduleKind.Polynomial,
        "constant" => ScheduleKind.Constant,
        "constant_with_warmup" => ScheduleKind.ConstantWithWarmup,
        _ => throw new ModelException($"There is no schedule '{name}'; there are linear, cosine, cosine_with_restarts, polynomial, constant and constant_with_warmup."),
    };

    /// <summary>Updates of warm-up, as recipes give it.</summary>
    /// <param name="warmup">Up to 1: a share of the updates, rounded up; else updates.</param>
    /// <param name="updates">Updates in all.</param>
    public static long WarmupOf(double warmup, long updates) =>
        // In decimal: 0.07 of 100 are 7, where the product of binary fractions is a little more.
        (long)Math.Ceiling(warmup <= 1 ? (decimal)warmup * updates : (decimal)warmup);

    /// <summary>The share of the rate.</summary>
    /// <param name="update">Which update, from 0.</param>
    public double FactorAt(long update)
    {
        if (Kind != ScheduleKind.Constant && update < WarmupUpdates)
            return (double)update / WarmupUpdates;
        double progress = (double)(update - WarmupUpdates) / Math.Max(1, Updates - WarmupUpdates);
        return Kind switch
        {
            ScheduleKind.Linear => Math.Max(0, 1 - progress),
            ScheduleKind.Cosine or ScheduleKind.CosineWithRestarts => progress >= 1 ? 0 : 0.5 * (1 + Math.Cos(Math.PI * progress)),
            ScheduleKind.Polynomial => PolynomialShare(progress),
            _ => 1,
        };
    }

    private double PolynomialShare(double progress)
    {
        double end = Math.Min(PolynomialEnd, LearningRate);
        return (((LearningRate - end) * Math.Max(0, 1 - progress)) + end) / LearningRate;
    }
}
