namespace VisualChat.Pipeline.Training.Progress;

/// <summary>
/// An exponential moving average, corrected for its start: the first average is the first value.
/// Values that are not finite do not move it.
/// </summary>
/// <param name="steps">Values after which a value has 1/e of its weight left.</param>
internal sealed class MovingAverage(int steps)
{
    private readonly double _kept = Math.Exp(-1.0 / steps);
    private double _sum;
    private double _weight;

    /// <summary>The average; NaN before the first value.</summary>
    public double Value => _sum / _weight;

    public void Add(double value)
    {
        if (!double.IsFinite(value))
            return;
        _sum = _kept * _sum + (1 - _kept) * value;
        _weight = _kept * _weight + (1 - _kept);
    }

    /// <summary>
    /// For each value the average over those before and after it, which does not lag behind a fall.
    /// </summary>
    public static double[] Centred(IReadOnlyList<double> values, int steps)
    {
        var before = new MovingAverage(steps);
        var after = new MovingAverage(steps);
        double[] sums = new double[values.Count];
        double[] weights = new double[values.Count];
        for (int index = 0; index < values.Count; index++)
        {
            before.Add(values[index]);
            (sums[index], weights[index]) = (before._sum, before._weight);
        }

        for (int index = values.Count - 1; index >= 0; index--)
        {
            after.Add(values[index]);
            sums[index] = (sums[index] + after._sum) / (weights[index] + after._weight);
        }

        return sums;
    }
}
