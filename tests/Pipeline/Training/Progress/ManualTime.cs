namespace VisualChat.Pipeline.Tests.Training.Progress;

/// <summary>A clock that a test moves.</summary>
internal sealed class ManualTime : TimeProvider
{
    private TimeSpan _passed;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _passed.Ticks;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddDays(20000) + _passed;

    public void Pass(double seconds) => _passed += TimeSpan.FromSeconds(seconds);
}
