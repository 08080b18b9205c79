using VisualChat.Pipeline.Comparing;
using VisualChat.Pipeline.Tests.Training.Progress;
using VisualChat.Pipeline.Training.Progress;

namespace VisualChat.Pipeline.Tests.Comparing;

public sealed class ComparisonReportTests
{
    [Fact]
    public void An_evaluation_stands_at_the_samples_and_the_time_of_the_updates_before_it()
    {
        var history = new TrainingHistory(
            [Figures.Step(1), Figures.Step(2), Figures.Step(3)],
            [Figures.Evaluation(0, 3), Figures.Evaluation(2, 2) with { Questions = new AnsweredQuestions(4, 3) }]);

        IReadOnlyList<RunPoint> points = RunPoint.Of(history);

        points.Select(point => (point.Step, point.Samples, point.Seconds, point.Loss))
            .Should().Equal((0, 0, 0, 3), (2, 8, 1, 2));
        points.Select(point => point.RightShare).Should().Equal(double.NaN, 0.75);
    }

    [Fact]
    public void Runs_that_diverged_are_in_the_curves_and_not_in_the_results()
    {
        ComparisonReport report = Reports.Of();
        Variant causal = report.Plan.Variants[1];

        report.Points(causal).Select(points => (points.Key, points.Count())).Should().Equal((0, 2), (60, 1));
        report.Final(causal, run => run.Final!.Loss).Should().Be(new Spread(2, double.NaN, 1));
        report.Of(causal).Select(run => run.Ending).Should().Equal("done", "diverged");
    }

    [Fact]
    public void The_samples_to_the_common_loss_lie_between_two_evaluations()
    {
        ComparisonReport report = Reports.Of();

        report.CommonLoss.Should().Be(2);
        report.Runs.Take(3).Select(run => ComparisonReport.SamplesUntil(run, 2)).Should().Equal(30, 60, 60 * 3 / 3.5);
        ComparisonReport.SamplesUntil(report.Runs[3], 2).Should().Be(double.NaN);
        ComparisonReport.SamplesUntil(report.Runs[0], 9).Should().Be(0);
    }
}
