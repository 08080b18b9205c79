using VisualChat.Model.Training;

namespace VisualChat.Model.Tests.Training;

public sealed class LearningRateScheduleTests
{
    // What transformers' get_scheduler gives for 10 steps, 4 of warm-up and a rate of 1e-3: the six
    // steps after warm-up, the end, and one step beyond it.
    [Theory]
    [InlineData(ScheduleKind.Linear, new[] { 1, 5 / 6.0, 4 / 6.0, 0.5, 2 / 6.0, 1 / 6.0, 0, 0 })]
    [InlineData(ScheduleKind.Cosine, new[] { 1, 0.9330127018922194, 0.75, 0.5, 0.25, 0.06698729810778059, 0, 0 })]
    [InlineData(
        ScheduleKind.CosineWithRestarts,
        new[] { 1, 0.9330127018922194, 0.75, 0.5, 0.25, 0.06698729810778059, 0, 0 })]
    [InlineData(ScheduleKind.Polynomial, new[] { 1, 0.83335, 0.6667, 0.50005, 0.3334, 0.16675, 0.0001, 0.0001 })]
    [InlineData(ScheduleKind.Constant, new[] { 1.0, 1, 1, 1, 1, 1, 1, 1 })]
    [InlineData(ScheduleKind.ConstantWithWarmup, new[] { 1.0, 1, 1, 1, 1, 1, 1, 1 })]
    public void Each_goes_as_Hugging_Faces_does(ScheduleKind kind, double[] afterWarmup)
    {
        double[] warmup = kind == ScheduleKind.Constant ? [1, 1, 1, 1] : [0, 0.25, 0.5, 0.75];
        double[] expected = [.. warmup, .. afterWarmup];
        LearningRateSchedule schedule = Schedule(kind, updates: 10);
        expected.Should().HaveCount(12);
        for (int update = 0; update < expected.Length; update++)
            schedule.FactorAt(update).Should().BeApproximately(expected[update], 1e-12, $"of update {update}");
    }

    [Theory]
    [InlineData(ScheduleKind.Linear, 0)]
    [InlineData(ScheduleKind.Cosine, 0)]
    [InlineData(ScheduleKind.Polynomial, 0.0001)]
    [InlineData(ScheduleKind.ConstantWithWarmup, 1)]
    public void Warm_up_may_take_all_updates(ScheduleKind kind, double end)
    {
        LearningRateSchedule schedule = Schedule(kind, updates: 4);
        schedule.FactorAt(3).Should().Be(0.75);
        schedule.FactorAt(5).Should().BeApproximately(end, 1e-12);
    }

    private static LearningRateSchedule Schedule(ScheduleKind kind, long updates) => new()
    {
        Kind = kind,
        Updates = updates,
        WarmupUpdates = 4,
        LearningRate = 1e-3,
    };
}
