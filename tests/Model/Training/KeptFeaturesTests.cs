using TorchSharp;
using VisualChat.Model.Parameters;
using VisualChat.Model.Training;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.Training;

/// <summary>
/// What a frozen tower made of images before teaches what the images do, bit for bit. Trainings set
/// the process's threads, and so run alone.
/// </summary>
[CollectionDefinition(nameof(KeptFeaturesTests), DisableParallelization = true)]
[Collection(nameof(KeptFeaturesTests))]
public sealed class KeptFeaturesTests
{
    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void A_training_from_features_has_the_losses_and_weights_of_one_from_pixels(ScalarType type)
    {
        ModelDescription description = KeptFeaturesFixture.Description(type);
        using var encoder = VisionEncoder.Create(description);
        foreach (int micro in new[] { 1, 2, 3, 6 })
        {
            (string losses, string weights) = Trained(description, KeptFeaturesFixture.Batches(micro));

            Trained(description with { TakesFeatures = true }, KeptFeaturesFixture.Batches(micro, encoder))
                .Should().Be((losses, weights), "micro-batches have {0} samples", micro);
        }
    }

    [Fact]
    public void An_evaluation_from_features_has_the_losses_of_one_from_pixels()
    {
        ModelDescription description = KeptFeaturesFixture.Description(ScalarType.Float32);
        using var encoder = VisionEncoder.Create(description);
        using var pixels = ChatModel.Create(description);
        using var features = ChatModel.Create(description with { TakesFeatures = true });

        features.Evaluate(KeptFeaturesFixture.Batches(2, encoder)).SelectMany(losses => losses)
            .Should().Equal(pixels.Evaluate(KeptFeaturesFixture.Batches(2)).SelectMany(losses => losses));
    }

    [Fact]
    public void The_tower_is_not_loaded_and_pixels_are_refused()
    {
        using var model = ChatModel.Create(
            KeptFeaturesFixture.Description(ScalarType.Float32) with { TakesFeatures = true });

        model.Parameters.Names.Should().Contain("projection.0.weight")
            .And.NotContain(name => name.StartsWith("vis_encoder.", StringComparison.Ordinal));
        Action act = () => model.Loss(KeptFeaturesFixture.Batches(6)[0]);
        act.Should().Throw<ArgumentException>().WithMessage("A model that takes features has no tower for pixels.*");
    }

    [Fact]
    public void A_trained_tower_takes_no_features()
    {
        Action act = () => ChatModel.Create(KeptFeaturesFixture.Description(ScalarType.Float32) with
        {
            TakesFeatures = true,
            Trainable = ModelPart.All,
        });

        act.Should().Throw<ArgumentException>().WithMessage("*trained*features*");
    }

    [Fact]
    public void The_tower_alone_is_loaded_to_encode()
    {
        using var encoder = VisionEncoder.Create(KeptFeaturesFixture.Description(ScalarType.Float32));

        encoder.Parameters.Names.Should().OnlyContain(
            name => name.StartsWith("vis_encoder.", StringComparison.Ordinal));
    }

    [Fact]
    public void Features_cost_the_two_uploads_that_pixels_do_and_no_read()
    {
        ModelDescription description = KeptFeaturesFixture.Description(ScalarType.Float32);
        using var encoder = VisionEncoder.Create(description);
        using var model = ChatModel.Create(description with { TakesFeatures = true });

        using BatchLoss loss = model.Loss(KeptFeaturesFixture.Batches(6, encoder)[0]);
        loss.Backward();

        (model.Transfers.Uploads, model.Transfers.Reads).Should().Be((2, 0));
    }

    /// <summary>
    /// With more cores than micro-batches, each has several threads but the tower.
    /// </summary>
    [Fact]
    public void Replicas_with_several_threads_each_compute_the_same_bits()
    {
        ModelDescription description = KeptFeaturesFixture.Description(ScalarType.Float32);
        using var encoder = VisionEncoder.Create(description);
        using var pixels = ChatModel.Create(description);
        using var features = ChatModel.Create(description with { TakesFeatures = true });

        Sums(pixels, KeptFeaturesFixture.Batches(3))
            .Should().Equal(Sums(features, KeptFeaturesFixture.Batches(3, encoder)));

        double[] Sums(ChatModel model, MicroBatch[] batches)
        {
            using DisposeScope scope = NewDisposeScope();
            using var replicas = new Replicas(model) { Cores = 4 };
            PreparedBatch[] prepared = [.. batches.Select(model.Prepare)];
            double[] sums = [.. replicas.AddGradients(prepared, 1, false).Select(sum => (double)sum.item<float>())];
            foreach (PreparedBatch batch in prepared)
                batch.Dispose();
            return sums;
        }
    }

    private static (string Losses, string Weights) Trained(ModelDescription description, MicroBatch[] batches)
    {
        using var model = ChatModel.Create(description);
        using var trainer = new Trainer(model, TrainerFixture.Settings);
        double[] losses = [.. Enumerable.Range(0, 4).Select(_ => trainer.Update(batches).Loss)];
        losses.Should().OnlyContain(loss => double.IsFinite(loss)).And.OnlyHaveUniqueItems();
        return (string.Join(' ', losses.Select(loss => $"{loss:R}")), TrainerFixture.Hash(trainer.WriteWeights));
    }
}
