namespace VisualChat.Pipeline.Training.Progress;

/// <summary>
/// One figure of a run over its updates, thinned to what a page shows: each point stands for some
/// updates in a row.
/// </summary>
internal sealed class Curve
{
    private const int MostPoints = 600;

    private Curve(IReadOnlyList<Point> points) => Points = points;

    public IReadOnlyList<Point> Points { get; }

    /// <summary>Thins a figure.</summary>
    /// <param name="steps">A run's updates, in order.</param>
    /// <param name="figure">The figure; NaN where an update has none.</param>
    /// <param name="smoothedSteps">
    /// Updates on each side that the line averages over; null: none.
    /// </param>
    public static Curve Of(IReadOnlyList<StepFigures> steps, Func<StepFigures, double> figure, int? smoothedSteps)
    {
        double[] values = [.. steps.Select(figure)];
        double[] averages = smoothedSteps is { } count ? MovingAverage.Centred(values, count) : values;
        var points = new List<Point>();
        int size = (values.Length + MostPoints - 1) / MostPoints;
        for (int first = 0; first < values.Length; first += size)
        {
            int last = Math.Min(first + size, values.Length) - 1;
            double[] finite = [.. values[first..(last + 1)].Where(double.IsFinite)];
            (double low, double high) = finite is [] ? (double.NaN, double.NaN) : (finite.Min(), finite.Max());
            points.Add(new Point(steps[first].Step, steps[last].Step, low, high, averages[last]));
        }

        return new Curve(points);
    }

    /// <summary>
    /// Whether its values differ so much that only a logarithmic axis shows all of them.
    /// </summary>
    public bool SpansDecades()
    {
        double[] values = [.. Points.SelectMany(point => new[] { point.Low, point.High }).Where(double.IsFinite)];
        return values.Length > 0 && values.Min() > 0 && values.Max() > 10 * values.Min();
    }

    /// <summary>Updates from a first to a last, and the figure's range over them.</summary>
    /// <param name="Low">NaN if the figure is nowhere finite.</param>
    /// <param name="Average">The average around the last update, or its value.</param>
    public sealed record Point(int First, int Last, double Low, double High, double Average);
}
