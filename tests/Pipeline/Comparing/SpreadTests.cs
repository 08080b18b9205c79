using VisualChat.Pipeline.Comparing;

namespace VisualChat.Pipeline.Tests.Comparing;

public sealed class SpreadTests
{
    [Fact]
    public void It_is_the_mean_and_the_deviation_of_a_sample() =>
        Spread.Of([1, 2, 6]).Should().Be(new Spread(3, Math.Sqrt(7), 3));

    [Fact]
    public void One_figure_has_no_deviation() => Spread.Of([2]).Should().Be(new Spread(2, double.NaN, 1));

    [Fact]
    public void What_is_not_finite_does_not_count()
    {
        Spread.Of([1, double.NaN, 3, double.PositiveInfinity]).Should().Be(new Spread(2, Math.Sqrt(2), 2));
        Spread.Of([double.NaN]).Should().Be(new Spread(double.NaN, double.NaN, 0));
    }
}
