using VisualChat.Pipeline.Training.Progress;

namespace VisualChat.Pipeline.Tests.Training.Progress;

public sealed class CurveTests
{
    [Fact]
    public void A_short_run_keeps_every_update()
    {
        Curve curve = Curve.Of([Figures.Step(1, loss: 4), Figures.Step(2, loss: 2)], figures => figures.Loss, null);

        curve.Points.Should().Equal(new Curve.Point(1, 1, 4, 4, 4), new Curve.Point(2, 2, 2, 2, 2));
    }

    [Fact]
    public void A_long_run_is_thinned_and_keeps_its_extremes()
    {
        StepFigures[] steps = [.. Enumerable.Range(1, 6001).Select(step => Figures.Step(step, LossAt(step)))];

        Curve curve = Curve.Of(steps, figures => figures.Loss, 10);

        curve.Points.Should().HaveCount(546, "eleven updates make a point");
        curve.Points[0].Should().BeEquivalentTo(new { First = 1, Last = 11, Low = 1.0, High = 2.0 });
        curve.Points[^1].Last.Should().Be(6001);
        curve.Points.Max(point => point.High).Should().Be(99);

        static double LossAt(int step) => step == 3000 ? 99 : 1 + step % 2;
    }

    [Fact]
    public void The_line_of_a_steady_fall_does_not_lag_behind_it()
    {
        StepFigures[] steps = [.. Enumerable.Range(1, 201).Select(step => Figures.Step(step, loss: 300 - step))];

        Curve.Of(steps, figures => figures.Loss, 10).Points[100].Average.Should().BeApproximately(199, 0.01);
    }

    [Fact]
    public void What_an_update_lacks_leaves_a_gap_that_the_line_bridges()
    {
        StepFigures[] steps = [Figures.Step(1, loss: 4), Figures.Step(2, double.NaN), Figures.Step(3, loss: 4)];

        Curve.Point gap = Curve.Of(steps, figures => figures.Loss, 10).Points[1];

        (gap.Low, gap.High).Should().Be((double.NaN, double.NaN));
        gap.Average.Should().BeApproximately(4, 1e-12);
    }

    [Theory]
    [InlineData(1, 9, false)]
    [InlineData(1, 11, true)]
    [InlineData(0, 11, false)]
    public void More_than_a_decade_asks_for_a_logarithmic_axis(double low, double high, bool expected)
    {
        Curve curve = Curve.Of([Figures.Step(1, low), Figures.Step(2, high)], figures => figures.Loss, null);

        curve.SpansDecades().Should().Be(expected);
    }
}
