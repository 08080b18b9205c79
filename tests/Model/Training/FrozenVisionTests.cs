using VisualChat.Model.Parameters;
using VisualChat.Model.Training;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.Training;

public sealed class FrozenVisionTests
{
    private static readonly TrainerSettings Settings = TrainerFixture.Settings with
    {
        VisionFrozenUpdates = 2,
        WarmupUpdates = 4,
        Schedule = ScheduleKind.ConstantWithWarmup,
    };

    [Fact]
    public void The_tower_and_the_projection_stay_as_they_are_until_their_turn_while_the_rest_learns()
    {
        using ChatModel model = ModelFixture.Model(ScalarType.Float32, ModelPart.All);
        using var trainer = new Trainer(model, Settings);
        Dictionary<string, float[]> start = TrainerFixture.Weights(model);
        for (int update = 0; update < 3; update++)
        {
            // The third update is the first of the tower's warm-up: its rate is 0.
            trainer.Update([ModelFixture.Batch(5, "abicDE")]);
            Dictionary<string, float[]> now = TrainerFixture.Weights(model);
            foreach (string name in start.Keys.Where(IsVision))
                now[name].Should().Equal(start[name], name);
        }

        ShouldHaveMoved("lang_embed.weight");
        ShouldHaveMoved("lang_decoder.lm_head.weight");
        trainer.Update([ModelFixture.Batch(5, "abicDE")]);
        ShouldHaveMoved("projection.0.weight");
        ShouldHaveMoved("vis_encoder.vision_model.embeddings.patch_embedding.weight");

        void ShouldHaveMoved(string name) =>
            TrainerFixture.Weights(model)[name].Should().NotEqual(start[name], name);

        static bool IsVision(string name) =>
            name.StartsWith("vis_encoder.", StringComparison.Ordinal)
            || name.StartsWith("projection.", StringComparison.Ordinal);
    }

    [Fact]
    public void The_gradients_of_what_is_frozen_do_not_count_in_the_norm_that_is_clipped()
    {
        using ChatModel frozen = ModelFixture.Model(trainable: ModelPart.All);
        using ChatModel absent = ModelFixture.Model(trainable: ModelPart.Language | ModelPart.Embeddings);
        using Trainer one = new(frozen, Settings), other = new(absent, Settings);
        double norm = other.Update([ModelFixture.Batch(5, "abicDE")]).GradientNorm;
        one.Update([ModelFixture.Batch(5, "abicDE")]).GradientNorm.Should().BeApproximately(norm, 1e-12);
    }

    [Fact]
    public void The_tower_and_the_projection_can_have_a_rate_of_their_own()
    {
        using ChatModel model = ModelFixture.Model(trainable: ModelPart.All);
        TrainerSettings settings = TrainerFixture.Settings with { LearningRate = 0.01, VisionLearningRate = 0.001 };
        using var trainer = new Trainer(model, settings);
        Dictionary<string, float[]> start = TrainerFixture.Weights(model);
        trainer.Update([ModelFixture.Batch(5, "abicDE")]);
        Dictionary<string, float[]> now = TrainerFixture.Weights(model);

        // Adam's first step moves each weight by its rate, whatever the gradient.
        Moved("projection.0.weight").Should().BeApproximately(0.001, 1e-6);
        Moved("lang_decoder.lm_head.weight").Should().BeApproximately(0.01, 1e-5);

        double Moved(string name) => now[name].DifferencesFrom(start[name]).Max();
    }
}
