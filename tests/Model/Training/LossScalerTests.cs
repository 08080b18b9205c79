using VisualChat.Model.Training;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.Training;

public sealed class LossScalerTests
{
    [Fact]
    public void The_scale_starts_at_2_to_the_16_and_doubles_after_2000_good_steps()
    {
        var scaler = new LossScaler(active: true);
        for (int step = 0; step < 1999; step++)
            scaler.Stepped();
        scaler.Scale.Should().Be(65536);
        scaler.Stepped();
        scaler.Scale.Should().Be(131072);
        scaler.StepsAtScale.Should().Be(0);
    }

    [Fact]
    public void An_overflow_halves_it_and_restarts_the_count()
    {
        var scaler = new LossScaler(active: true);
        scaler.Stepped();
        scaler.Overflowed().Should().BeTrue();
        scaler.Scale.Should().Be(32768);
        scaler.StepsAtScale.Should().Be(0);
    }

    [Fact]
    public void A_scale_of_1_is_not_to_blame()
    {
        var scaler = new LossScaler(active: true) { Scale = 1 };
        scaler.Overflowed().Should().BeFalse();
        scaler.Scale.Should().Be(1);
    }

    [Fact]
    public void Other_types_need_none()
    {
        var scaler = new LossScaler(active: false);
        for (int step = 0; step < 3000; step++)
            scaler.Stepped();
        scaler.Overflowed().Should().BeFalse();
        scaler.Scale.Should().Be(1);
    }

    [Fact]
    public void A_trainer_in_fp16_skips_an_overflow_and_takes_the_next_update_at_half_the_scale()
    {
        using ChatModel model = ModelFixture.Model(ScalarType.Float16);
        using var trainer = new Trainer(model, TrainerFixture.Settings);
        string folder = TrainerFixture.Saved(trainer);
        trainer.Restore(folder, trainer.State with { LossScale = 1L << 40 });
        string before = TrainerFixture.Hash(trainer.WriteWeights);
        UpdateResult result = trainer.Update([ModelFixture.Batch(5, "abicDE")]);
        result.Skipped.Should().Be(SkipReason.Overflow);
        result.LossScale.Should().Be(1L << 40);
        TrainerFixture.Hash(trainer.WriteWeights).Should().Be(before);
        trainer.State.Should().Be(new TrainerState { Updates = 1, Steps = 0, LossScale = 1L << 39, StepsAtScale = 0 });
    }

    [Fact]
    public void A_trainer_in_fp16_doubles_the_scale_after_2000_good_updates_and_the_scale_changes_no_gradient()
    {
        using ChatModel model = ModelFixture.Model(ScalarType.Float16);
        using ChatModel other = ModelFixture.Model(ScalarType.Float16);
        using Trainer trainer = new(model, TrainerFixture.Settings), unscaled = new(other, TrainerFixture.Settings);
        string folder = TrainerFixture.Saved(trainer);
        trainer.Restore(folder, trainer.State with { LossScale = 1024, StepsAtScale = 1999 });
        unscaled.Restore(folder, unscaled.State with { LossScale = 64 });
        double norm = trainer.Update([ModelFixture.Batch(5, "abicDE")]).GradientNorm;
        // Eleven bits of mantissa, and what is small is rounded to fewer at the smaller scale.
        unscaled.Update([ModelFixture.Batch(5, "abicDE")]).GradientNorm.Should().BeApproximately(norm, norm * 2e-3);
        trainer.State.Should().Be(new TrainerState { Updates = 1, Steps = 1, LossScale = 2048, StepsAtScale = 0 });
    }
}
