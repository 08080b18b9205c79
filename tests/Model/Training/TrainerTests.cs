using TorchSharp;
using VisualChat.Model.HuggingFace;
using VisualChat.Model.Parameters;
using VisualChat.Model.TensorFiles;
using VisualChat.Model.Training;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.Training;

/// <summary>Compares bits: see <see cref="TrainerRestoreTests"/>.</summary>
[CollectionDefinition(nameof(TrainerTests), DisableParallelization = true)]
[Collection(nameof(TrainerTests))]
public sealed class TrainerTests
{
    private static readonly string[] Samples = ["abicDE", "aBC", "iabiiCDEFG", "abiC"];

    [Fact]
    public void The_loss_goes_down()
    {
        using ChatModel model = ModelFixture.Model(ScalarType.Float32, ModelPart.All);
        using var trainer = new Trainer(model, TrainerFixture.Settings);
        double first = trainer.Update([ModelFixture.Batch(5, Samples)]).Loss, last = 0;
        for (int update = 0; update < 25; update++)
            last = trainer.Update([ModelFixture.Batch(5, Samples)]).Loss;
        first.Should().BeApproximately(Math.Log(23), 0.3);
        last.Should().BeLessThan(first / 2);
    }

    [Fact]
    public void Four_micro_batches_teach_what_one_batch_of_four_does()
    {
        using ChatModel whole = ModelFixture.Model(trainable: ModelPart.All);
        using ChatModel parts = ModelFixture.Model(trainable: ModelPart.All);
        TrainerSettings settings = TrainerFixture.Settings with { Clip = 0.5, WeightDecay = 0.1 };
        using Trainer ofWhole = new(whole, settings), ofParts = new(parts, settings);
        MicroBatch batch = ModelFixture.Batch(5, Samples);
        int[] images = [1, 0, 3, 1];
        MicroBatch[] split = [.. Samples.Select((_, index) => Alone(index))];
        for (int update = 0; update < 3; update++)
        {
            UpdateResult expected = ofWhole.Update([batch]), actual = ofParts.Update(split);
            actual.LossSum.Should().BeApproximately(expected.LossSum, 1e-10);
            actual.GradientNorm.Should().BeApproximately(expected.GradientNorm, 1e-10);
            actual.LabelTokens.Should().Be(10).And.Be(expected.LabelTokens);
        }

        parts.Parameters.Trained.Select(item => item.Name)
            .Should().Equal(whole.Parameters.Trained.Select(item => item.Name));
        foreach ((TrainedParameter one, TrainedParameter other) in
            whole.Parameters.Trained.Zip(parts.Parameters.Trained))
        {
            using DisposeScope scope = NewDisposeScope();
            (one.Value - other.Value).abs().max().item<double>().Should().BeLessThan(1e-7, one.Name);
        }

        MicroBatch Alone(int index)
        {
            int before = images[..index].Sum();
            return new MicroBatch([batch.Samples[index]], [.. batch.Images.Skip(before).Take(images[index])]);
        }
    }

    [Fact]
    public void Recomputing_layers_changes_nothing()
    {
        using ChatModel kept = ModelFixture.Model(ScalarType.Float32, ModelPart.All);
        using ChatModel recomputed = ModelFixture.Model(ScalarType.Float32, ModelPart.All);
        using var one = new Trainer(kept, TrainerFixture.Settings);
        using var other = new Trainer(recomputed, TrainerFixture.Settings with { ActivationCheckpointing = true });
        for (int update = 0; update < 3; update++)
        {
            UpdateResult expected = one.Update([ModelFixture.Batch(update, Samples)]);
            other.Update([ModelFixture.Batch(update, Samples)]).Should().Be(expected);
        }

        TrainerFixture.Weights(recomputed)
            .Should().BeEquivalentTo(TrainerFixture.Weights(kept), options => options.WithStrictOrdering());
    }

    [Fact]
    public void The_rates_follow_the_schedule_and_the_embeddings_have_their_own()
    {
        using ChatModel model = ModelFixture.Model(ScalarType.Float32);
        using var trainer = new Trainer(model, TrainerFixture.Settings with
        {
            EmbeddingLearningRate = 0,
            Schedule = ScheduleKind.Linear,
            Updates = 4,
            WarmupUpdates = 2,
        });
        Dictionary<string, float[]> before = TrainerFixture.Weights(model);
        UpdateResult[] results =
            [.. Enumerable.Range(0, 5).Select(_ => trainer.Update([ModelFixture.Batch(5, Samples)]))];
        results.Select(result => result.LearningRate).Should().Equal(0, 0.005, 0.01, 0.005, 0);
        results.Select(result => result.EmbeddingLearningRate).Should().AllBeEquivalentTo(0);
        // At a rate of 0 nothing moved; had the first gradient stayed, the second would be twice as
        // long.
        results[1].GradientNorm.Should().Be(results[0].GradientNorm);
        Dictionary<string, float[]> after = TrainerFixture.Weights(model);
        after["lang_embed.weight"].Should().Equal(before["lang_embed.weight"]);
        after["projection.0.weight"].Should().NotEqual(before["projection.0.weight"]);
    }

    [Fact]
    public void Weights_that_learn_nothing_decay_if_they_are_matrices()
    {
        using ChatModel model = ModelFixture.Model(ScalarType.Float32, ModelPart.All);
        Dictionary<string, float[]> before = TrainerFixture.Weights(model);
        // A rate so low that the gradient's step vanishes beside what the decay takes.
        using var trainer = new Trainer(model, TrainerFixture.Settings with { LearningRate = 1e-9, WeightDecay = 1e8 });
        trainer.Update([ModelFixture.Batch(5, Samples)]).Skipped.Should().BeNull();
        Dictionary<string, float[]> after = TrainerFixture.Weights(model);
        string[] kept = [.. after.Keys.Where(name => after[name].DifferencesFrom(before[name]).Max() < 1e-6)];
        string[] vision = ["class_embedding", "position_embedding.weight"];
        string[] norms = [.. model.Parameters.Names.Where(name =>
            name.Contains("norm", StringComparison.Ordinal) && name.EndsWith(".weight", StringComparison.Ordinal))];
        kept.Should().BeEquivalentTo(
        [
            .. vision.Select(name => "vis_encoder.vision_model.embeddings." + name),
            .. norms,
            .. model.Parameters.Names.Where(name => name.EndsWith(".bias", StringComparison.Ordinal)),
            "projection.1.weight",
            "lang_embed.weight",
        ]);
        const string Head = "lang_decoder.lm_head.weight";
        after[Head][0].Should().BeApproximately(before[Head][0] * 0.9f, 1e-6f);
    }

    [Fact]
    public void A_long_gradient_is_shortened_to_the_clip()
    {
        // Adam's first step shows only the directions; the first moment shows the gradient.
        double Length(double clip, out double reported)
        {
            using ChatModel model = ModelFixture.Model();
            using var trainer = new Trainer(model, TrainerFixture.Settings with { Clip = clip });
            reported = trainer.Update([ModelFixture.Batch(5, Samples)]).GradientNorm;
            using DisposeScope scope = NewDisposeScope();
            using var files = new MappedFiles();
            string moments = Path.Combine(TrainerFixture.Saved(trainer), Trainer.OptimizerFile);
            IEnumerable<double> lengths = WeightFile.Read(moments)
                .Where(item => item.Key.StartsWith("exp_avg.", StringComparison.Ordinal))
                .Select(item => files.Load(item.Value).norm().item<double>());
            return Math.Sqrt(lengths.Sum(length => length * length)) / (1 - 0.9);
        }

        double whole = Length(0, out double reported);
        reported.Should().BeApproximately(whole, 1e-12);
        whole.Should().BeGreaterThan(0.02);
        Length(0.01, out reported).Should().BeApproximately(0.01, 1e-12);
        reported.Should().BeApproximately(whole, 1e-12);
        Length(10 * whole, out _).Should().BeApproximately(whole, 1e-12);
    }

    [Fact]
    public void A_loss_that_is_not_finite_changes_only_the_schedules_place()
    {
        using ChatModel model = ModelFixture.Model(ScalarType.Float32);
        ModelFixture.Break(model, 't');
        using var trainer = new Trainer(model, TrainerFixture.Settings with { Schedule = ScheduleKind.Linear });
        _ = trainer.Update([ModelFixture.Batch(5, Samples)]);
        MicroBatch good = ModelFixture.Batch(5, Samples);
        MicroBatch broken = ModelFixture.Batch(5, [.. Samples.Select(sample => sample.Replace('b', 't'))]);
        string before = TrainerFixture.Hash(trainer.WriteWeights);
        string momentsBefore = TrainerFixture.Hash(trainer.WriteOptimizer);
        UpdateResult result = trainer.Update([good, broken]);
        (result.Skipped, result.MicroBatch).Should().Be((SkipReason.Loss, 1));
        (result.LossSum, result.LabelTokens).Should().Be((double.NaN, 20L));
        TrainerFixture.Hash(trainer.WriteWeights).Should().Be(before);
        TrainerFixture.Hash(trainer.WriteOptimizer).Should().Be(momentsBefore);
        trainer.State.Should().Be(new TrainerState { Updates = 2, Steps = 1, LossScale = 1, StepsAtScale = 0 });
        trainer.Update([good]).Should().BeEquivalentTo(new { Skipped = (SkipReason?)null, LearningRate = 0.0098 });
        TrainerFixture.Hash(trainer.WriteWeights).Should().NotBe(before);
    }

    [Fact]
    public void A_gradient_that_is_not_finite_changes_nothing()
    {
        using ChatModel model = ModelFixture.Model(ScalarType.Float32, ModelPart.Projection);
        // If all features are equal, the norm gives its bias, which is finite. Its gradient is 1e38
        // divided by the root of epsilon, which is not.
        using Scalar huge = 1e38;
        using (no_grad())
        {
            _ = model.Parameters["projection.0.weight"].zero_();
            _ = model.Parameters["projection.0.bias"].zero_();
            _ = model.Parameters["projection.1.weight"].fill_(huge);
        }

        using var trainer = new Trainer(model, TrainerFixture.Settings);
        string before = TrainerFixture.Hash(trainer.WriteWeights);
        trainer.Update([ModelFixture.Batch(5, Samples)]).Skipped.Should().Be(SkipReason.Gradient);
        TrainerFixture.Hash(trainer.WriteWeights).Should().Be(before);
    }

    [Fact]
    public void Nothing_to_learn_is_not_an_error()
    {
        using ChatModel model = ModelFixture.Model(ScalarType.Float32);
        using var trainer = new Trainer(model, TrainerFixture.Settings);
        string before = TrainerFixture.Hash(trainer.WriteWeights);
        UpdateResult result = trainer.Update([ModelFixture.Batch(5, "abic", "Abc")]);
        result.Should().Be(new UpdateResult
        {
            LossSum = 0,
            LabelTokens = 0,
            GradientNorm = 0,
            LearningRate = 0.01,
            EmbeddingLearningRate = 0.01,
            LossScale = 1,
        });
        result.Loss.Should().Be(0);
        TrainerFixture.Hash(trainer.WriteWeights).Should().Be(before);
        trainer.State.Should().Be(new TrainerState { Updates = 1, Steps = 0, LossScale = 1, StepsAtScale = 0 });
    }

    [Fact]
    public void An_update_without_images_leaves_the_projection_a_gradient_of_zeros()
    {
        using ChatModel model = ModelFixture.Model(ScalarType.Float32);
        using var trainer = new Trainer(model, TrainerFixture.Settings);
        Dictionary<string, float[]> before = TrainerFixture.Weights(model);
        _ = trainer.Update([ModelFixture.Batch(5, "abcDE")]);
        Dictionary<string, float[]> after = TrainerFixture.Weights(model);
        after["projection.0.weight"].Should().Equal(before["projection.0.weight"]);
        after["lang_embed.weight"].Should().NotEqual(before["lang_embed.weight"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_update_that_meets_nothing_trained_is_not_an_error(bool activationCheckpointing)
    {
        using ChatModel model = ModelFixture.Model(ScalarType.Float32, ModelPart.Projection);
        TrainerSettings settings =
            TrainerFixture.Settings with { ActivationCheckpointing = activationCheckpointing };
        using var trainer = new Trainer(model, settings);
        string before = TrainerFixture.Hash(trainer.WriteWeights);
        UpdateResult result = trainer.Update([ModelFixture.Batch(5, "abcDE")]);
        (result.GradientNorm, result.LabelTokens, result.Skipped).Should().Be((0.0, 2L, null));
        TrainerFixture.Hash(trainer.WriteWeights).Should().Be(before);
    }

    [Theory]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float16)]
    public void Sixteen_bits_learn(ScalarType type)
    {
        using ChatModel model = ModelFixture.Model(type, ModelPart.All);
        using var trainer = new Trainer(model, TrainerFixture.Settings);
        UpdateResult[] results =
            [.. Enumerable.Range(0, 25).Select(_ => trainer.Update([ModelFixture.Batch(5, Samples)]))];
        results.Should().OnlyContain(result => result.Skipped == null);
        results[^1].Loss.Should().BeLessThan(results[0].Loss / 2);
        model.Parameters.Trained.Should().OnlyContain(item => item.Value.dtype == ScalarType.Float32);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Live_tensors_stay_flat_from_update_to_update(bool activationCheckpointing)
    {
        using ChatModel model = ModelFixture.Model(ScalarType.Float32);
        using var trainer = new Trainer(model, TrainerFixture.Settings with
        {
            ActivationCheckpointing = activationCheckpointing,
            Clip = 0.01,
            WeightDecay = 0.1,
        });
        using DisposeScope scope = NewDisposeScope();
        MicroBatch[] batches = [ModelFixture.Batch(5, Samples), ModelFixture.Batch(6, "aB")];
        _ = (trainer.Update(batches), model.Evaluate([batches[0]]).Single());
        long before = Tensor.TotalCount;
        int inScope = scope.DisposablesCount;
        for (int update = 0; update < 8; update++)
            _ = (trainer.Update(batches), model.Evaluate([batches[0]]).Single());
        Tensor.TotalCount.Should().BeLessThanOrEqualTo(before);
        scope.DisposablesCount.Should().Be(inScope);
    }
}
