using VisualChat.Pipeline.Training.Progress;

namespace VisualChat.Pipeline.Terminal.Screens;

/// <summary>
/// How fast a run is, over its last half minute or its last ten updates, whichever is longer.
/// </summary>
internal sealed class RunningRates
{
    private const double WindowSeconds = 30;
    private const int FewestSteps = 10;

    private readonly Queue<StepFigures> _window = [];
    private double _seconds;
    private double _waitSeconds;
    private long _positions;
    private long _images;
    private int _stepsLeft;

    /// <summary>Positions of the decoder, text and visual tokens.</summary>
    public double TokensPerSecond => PerSecond(_positions);

    public double ImagesPerSecond => PerSecond(_images);

    /// <summary>The share of the time that the device waited for data.</summary>
    public double WaitShare => PerSecond(_waitSeconds);

    /// <summary>
    /// Estimated time to the last update, not counting evaluations and checkpoints.
    /// </summary>
    public TimeSpan TimeLeft => TimeSpan.FromSeconds(_stepsLeft * _seconds / Math.Max(_window.Count, 1));

    public void Add(StepFigures figures)
    {
        _window.Enqueue(figures);
        Count(figures, 1);
        while (_window.Count > FewestSteps && _seconds - _window.Peek().Seconds >= WindowSeconds)
            Count(_window.Dequeue(), -1);
        _stepsLeft = figures.Steps - figures.Step;
    }

    private void Count(StepFigures figures, int sign)
    {
        _seconds += sign * figures.Seconds;
        _waitSeconds += sign * figures.WaitSeconds;
        _positions += sign * figures.Positions;
        _images += sign * figures.Images;
    }

    private double PerSecond(double count) => _seconds > 0 ? Math.Max(count, 0) / _seconds : 0;
}
