using VisualChat.Model.Parameters;
using VisualChat.Model.Training;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.Training;

public sealed class FrozenVisionTests
{
    private static readonly TrainerSettings Settings = TrainerFixture.Settings with { VisionFrozenUpdates = 2, WarmupUpdates = 4, Schedule = ScheduleKind.ConstantWithWarmup };

    [Fact]
    public void The_tower_and_the_projection_stay_as_they_are_until_their_turn_while_the_rest_learns()
    {
        using ChatModel model = ChatModel.Create(ModelFixture.Description(ScalarType.Float32) with { Trainable = ModelPart.All });
        using var trainer = new Trainer(model, Settings);
        Dictionary<string, float[]> start = TrainerFixture.Weights(model);
        for (int update = 0; update < 3; update++)
        {
            // The third update is the first of the tower's warm-up: its rate is 0.
            trainer.Update([TrainerFixture.Batch(5, "abicDE")]);
            Dictionary<string, float[]> now = TrainerFixture.Weights(model);
            foreach (string name in start.Keys.Where(name => name.StartsWith("vis_encoder.", StringComparison.Ordinal) || name.StartsWith("projection.", StringComparison.Ordinal)))
                now[name].Should().Equal(start[name], name);
        }

        TrainerFixture.Weights(model)["lang_embed.weight"].Should().NotEqual(start["lang_embed.weight"]);
        TrainerFixture.Weights(model)["lang_decoder.lm_head.weight"].Should().NotEqual(start["lang_decoder.lm_head.weight"]);
        trainer.Update([TrainerFixture.Batch(5, "abicDE")]);
        TrainerFixture.Weights(model)["projection.0.weight"].Should().NotEqual(start["projection.0.weight"]);
        TrainerFixture.Weights(model)["vis_encoder.vision_model.embeddings.patch_embedding.weight"].Should().NotEqual(start["vis_encoder.vision_model.embeddings.patch_embedding.weight"]);
    }

    [Fact]
    public void The_gradients_of_what_is_frozen_do_not_count_in_the_norm_that_is_clipped()
    {
        using ChatModel frozen = ChatModel.Create(ModelFixture.Description() with { Trainable = ModelPart.All });
        using ChatModel absent = ChatModel.Create(ModelFixture.Description() with { Trainable = ModelPart.Language | ModelPart.Embeddings });
        using Trainer one = new(frozen, Settings), other = new(absent, Settings);
        one.Update([TrainerFixture.Batch(5, "abicDE")]).GradientNorm.Should().BeApproximately(other.Update([TrainerFixture.Batch(5, "abicDE")]).GradientNorm, 1e-12);
    }

    [Fact]
    public void The_tower_and_the_projection_can_have_a_rate_of_their_own()
    {
        using ChatModel model = ChatModel.Create(ModelFixture.Description() with { Trainable = ModelPart.All });
        using var trainer = new Trainer(model, TrainerFixture.Settings with { LearningRate = 0.01, VisionLearningRate = 0.001 });
        Dictionary<string, float[]> start = TrainerFixture.Weights(model);
        trainer.Update([TrainerFixture.Batch(5, "abicDE")]);
        Dictionary<string, float[]> now = TrainerFixture.Weights(model);

        // Adam's first step moves each weight by its rate, whatever the gradient.
        Moved("projection.0.weight").Should().BeApproximately(0.001, 1e-6);
        Moved("lang_decoder.lm_head.weight").Should().BeApproximately(0.01, 1e-5);

        double Moved(string name) => now[name].DifferencesFrom(start[name]).Max();
    }
}
