using VisualChat.Pipeline.Terminal.Screens;
using VisualChat.Pipeline.Tests.Training.Progress;

namespace VisualChat.Pipeline.Tests.Terminal.Screens;

public sealed class RunningRatesTests
{
    [Fact]
    public void Rates_are_those_of_the_last_half_minute()
    {
        var rates = new RunningRates();
        for (int step = 1; step <= 20; step++)
            rates.Add(Figures.Step(step) with { Seconds = step <= 5 ? 100 : 2, WaitSeconds = step <= 5 ? 100 : 0.5 });

        rates.TokensPerSecond.Should().BeApproximately(200, 1e-9);
        rates.ImagesPerSecond.Should().BeApproximately(3, 1e-9);
        rates.WaitShare.Should().BeApproximately(0.25, 1e-9);
    }

    [Fact]
    public void Slow_updates_are_measured_over_the_last_ten()
    {
        var rates = new RunningRates();
        for (int step = 1; step <= 15; step++)
            rates.Add(Figures.Step(step) with { Seconds = step <= 5 ? 1 : 40 });

        rates.TokensPerSecond.Should().BeApproximately(10, 1e-9);
        rates.TimeLeft.Should().Be(TimeSpan.FromSeconds(5 * 40));
    }

    [Fact]
    public void Nothing_is_known_before_the_first_update()
    {
        var rates = new RunningRates();

        (rates.TokensPerSecond, rates.ImagesPerSecond, rates.WaitShare).Should().Be((0, 0, 0));
        rates.TimeLeft.Should().Be(TimeSpan.Zero);
    }
}
