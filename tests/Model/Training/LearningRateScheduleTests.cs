using VisualChat.Model.Errors;
using VisualChat.Model.Training;

namespace VisualChat.Model.Tests.Training;

public sealed class LearningRateScheduleTests
{
    // What transformers' get_scheduler gives for 10 steps, 4 of warm-up and a rate of 1e-3: the six
    // steps after warm-up, the end, and one step beyond it.
    [Theory]
    [InlineData("linear", new[] { 1, 5 / 6.0, 4 / 6.0, 0.5, 2 / 6.0, 1 / 6.0, 0, 0 })]
    [InlineData("cosine", new[] { 1, 0.9330127018922194, 0.75, 0.5, 0.25, 0.06698729810778059, 0, 0 })]
    [InlineData("cosine_with_restarts", new[] { 1, 0.9330127018922194, 0.75, 0.5, 0.25, 0.06698729810778059, 0, 0 })]
    [InlineData("polynomial", new[] { 1, 0.83335, 0.6667, 0.50005, 0.3334, 0.16675, 0.0001, 0.0001 })]
    [InlineData("constant", new[] { 1.0, 1, 1, 1, 1, 1, 1, 1 })]
    [InlineData("constant_with_warmup", new[] { 1.0, 1, 1, 1, 1, 1, 1, 1 })]
    public void Each_goes_as_Hugging_Faces_does(string name, double[] afterWarmup)
    {
        double[] warmup = name == "constant" ? [1, 1, 1, 1] : [0, 0.25, 0.5, 0.75];
        double[] expected = [.. warmup, .. afterWarmup];
        LearningRateSchedule schedule = Schedule(name, updates: 10);
        expected.Should().HaveCount(12);
        for (int update = 0; update < expected.Length; update++)
            schedule.FactorAt(update).Should().BeApproximately(expected[update], 1e-12, $"of update {update}");
    }

    [Theory]
    [InlineData("linear", 0)]
    [InlineData("cosine", 0)]
    [InlineData("polynomial", 0.0001)]
    [InlineData("constant_with_warmup", 1)]
    public void Warm_up_may_take_all_updates(string name, double end)
    {
        LearningRateSchedule schedule = Schedule(name, updates: 4);
        schedule.FactorAt(3).Should().Be(0.75);
        schedule.FactorAt(5).Should().BeApproximately(end, 1e-12);
    }

    [Theory]
    [InlineData(0, 1000, 0)]
    [InlineData(0.1, 1000, 100)]
    [InlineData(0.07, 100, 7)]
    [InlineData(0.1, 11, 2)]
    [InlineData(1, 50, 50)]
    [InlineData(2, 50, 2)]
    [InlineData(500, 50, 500)]
    public void Warm_up_is_a_share_of_the_updates_or_updates(double warmup, long updates, long expected) =>
        LearningRateSchedule.WarmupOf(warmup, updates).Should().Be(expected);

    [Fact]
    public void Another_name_is_refused()
    {
        Action act = () => LearningRateSchedule.Parse("exponential");
        act.Should().Throw<ModelException>().WithMessage(
            "There is no schedule 'exponential'; there are linear, cosine, cosine_with_restarts, polynomial, "
            + "constant and constant_with_warmup.");
    }

    private static LearningRateSchedule Schedule(string name, long updates) => new()
    {
        Kind = LearningRateSchedule.Parse(name),
        Updates = updates,
        WarmupUpdates = 4,
        LearningRate = 1e-3,
    };
}
