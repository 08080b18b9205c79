namespace VisualChat.Pipeline.Comparing;

/// <summary>A figure over the seeds.</summary>
/// <param name="Mean">NaN if no run has it.</param>
/// <param name="Deviation">
/// The standard deviation, with n - 1 in its divisor; NaN for fewer than two runs.
/// </param>
/// <param name="Count">The runs that have it.</param>
internal readonly record struct Spread(double Mean, double Deviation, int Count)
{
    /// <summary>The spread of those figures that are finite.</summary>
    public static Spread Of(IEnumerable<double> figures)
    {
        double[] finite = [.. figures.Where(double.IsFinite)];
        if (finite.Length == 0)
            return new Spread(double.NaN, double.NaN, 0);
        double mean = finite.Average();
        double squares = finite.Sum(figure => (figure - mean) * (figure - mean));
        return new Spread(
            mean, finite.Length < 2 ? double.NaN : Math.Sqrt(squares / (finite.Length - 1)), finite.Length);
    }
}
