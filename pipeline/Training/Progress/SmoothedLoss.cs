namespace VisualChat.Pipeline.Training.Progress;

/// <summary>
/// An exponential moving average of the loss, corrected for its start: the first value is the first loss. Updates without a loss, skipped
/// ones among them, do not move it.
/// </summary>
/// <param name="steps">Updates over which it forgets all but a third.</param>
internal sealed class SmoothedLoss(int steps)
{
    private readonly double _kept = Math.Exp(-1.0 / steps);
    private double _sum;
    private double _weight;

    /// <summary>The average; NaN before the first loss.</summary>
    public double Value => _sum / _weight;

    /// <summary>Whether an update's loss says anything.</summary>
    public static bool Counts(StepFigures figures) => figures.Skipped is null && figures.LabelTokens > 0 && double.IsFinite(figures.Loss);

    /// <summary>Takes in an update.</summary>
    public void Add(StepFigures figures)
    {
        if (!Counts(figures))
            return;
        _sum = _kept * _sum + (1 - _kept) * figures.Loss;
        _weight = _kept * _weight + (1 - _kept);
    }
}
