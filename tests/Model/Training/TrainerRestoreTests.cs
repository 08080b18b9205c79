using TorchSharp;
using VisualChat.Model.Errors;
using VisualChat.Model.Parameters;
using VisualChat.Model.Training;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.Training;

/// <summary>
/// Compares bits, which hang on how many threads a sum is shared out to; other tests' trainings set
/// that for the whole process, so none may run beside it.
/// </summary>
[CollectionDefinition(nameof(TrainerRestoreTests), DisableParallelization = true)]
[Collection(nameof(TrainerRestoreTests))]
public sealed class TrainerRestoreTests
{
    private static readonly TrainerSettings Settings = TrainerFixture.Settings with
    {
        Schedule = ScheduleKind.Cosine,
        Updates = 40,
        WarmupUpdates = 4,
        Clip = 0.05,
        WeightDecay = 0.1,
        EmbeddingLearningRate = 0.02,
    };

    [Theory]
    [InlineData(ScalarType.Float32, ModelPart.Projection | ModelPart.Embeddings, OptimizerKind.AdamW)]
    [InlineData(ScalarType.Float32, ModelPart.All, OptimizerKind.AdamW)]
    [InlineData(ScalarType.Float32, ModelPart.All, OptimizerKind.Muon)]
    [InlineData(ScalarType.BFloat16, ModelPart.Projection | ModelPart.Embeddings, OptimizerKind.AdamW)]
    public void Stopping_and_continuing_gives_the_same_bits_as_not_stopping(
        ScalarType type, ModelPart trainable, OptimizerKind optimizer)
    {
        TrainerSettings settings = Settings with { Optimizer = optimizer };
        ModelDescription description = ModelFixture.Description(type) with { Trainable = trainable };
        using ChatModel straight = ChatModel.Create(description), stopped = ChatModel.Create(description);
        ModelFixture.Break(straight, 't');
        ModelFixture.Break(stopped, 't');
        using Trainer whole = new(straight, settings), first = new(stopped, settings);
        UpdateResult[] expected = [.. Enumerable.Range(0, 24).Select(update => whole.Update(Update(update)))];
        UpdateResult[] before = [.. Enumerable.Range(0, 11).Select(update => first.Update(Update(update)))];
        string folder = TrainerFixture.Saved(first);

        using ChatModel resumed = ChatModel.Create(description);
        using (DisposeScope scope = NewDisposeScope())
        using (no_grad())
        {
            foreach (TrainedParameter trained in resumed.Parameters.Trained)
                _ = trained.Value.copy_(ones_like(trained.Value));
        }

        using Trainer second = new(resumed, settings);
        second.Restore(folder, first.State);
        UpdateResult[] after = [.. Enumerable.Range(11, 13).Select(update => second.Update(Update(update)))];

        before.Concat(after).Should().Equal(expected);
        expected[5].Skipped.Should().Be(SkipReason.Loss);
        TrainerFixture.Hash(second.WriteWeights).Should().Be(TrainerFixture.Hash(whole.WriteWeights));
        TrainerFixture.Hash(second.WriteOptimizer).Should().Be(TrainerFixture.Hash(whole.WriteOptimizer));
        second.State.Should().Be(whole.State);
        second.State.Should().Be(new TrainerState { Updates = 24, Steps = 23, LossScale = 1, StepsAtScale = 0 });
    }

    [Fact]
    public void What_was_trained_is_written_in_float32_under_its_names_and_makes_the_model_again()
    {
        ModelDescription description = ModelFixture.Description(ScalarType.BFloat16);
        using ChatModel model = ChatModel.Create(description);
        using var trainer = new Trainer(model, Settings);
        _ = (trainer.Update(Update(0)), trainer.Update(Update(1)));
        string folder = TrainerFixture.Saved(trainer);
        TrainerFixture.Read(folder, Trainer.WeightsFile).Should().Equal(
            "projection.0.weight F32 [16, 8]",
            "projection.0.bias F32 [16]",
            "projection.1.weight F32 [16]",
            "projection.1.bias F32 [16]",
            "lang_embed.weight F32 [23, 16]");
        TrainerFixture.Read(folder, Trainer.OptimizerFile).Should().HaveCount(10).And.StartWith(
            ["exp_avg.projection.0.weight F32 [16, 8]", "exp_avg_sq.projection.0.weight F32 [16, 8]"]);
        using ChatModel again = ChatModel.Create(description with { Checkpoint = folder });
        TrainerFixture.Weights(again)
            .Should().BeEquivalentTo(TrainerFixture.Weights(model), options => options.WithStrictOrdering());
    }

    [Fact]
    public void Tensors_that_are_missing_unexpected_or_of_another_shape_are_named_and_nothing_changes()
    {
        using ChatModel model = ModelFixture.Model(ScalarType.Float32);
        using var trainer = new Trainer(model, Settings);
        string folder = TrainerFixture.Saved(trainer), before = TrainerFixture.Hash(trainer.WriteWeights);
        TestData.Write(
            Path.Combine(folder, Trainer.WeightsFile),
            ("projection.0.weight", [16, 8], new float[128]),
            ("projection.0.bias", [15], new float[15]),
            ("projection.1.weight", [16], new float[16]),
            ("projection.1.bias", [16], new float[16]),
            ("lang_decoder.lm_head.weight", [1], [1]));
        Action act = () => trainer.Restore(folder, trainer.State);
        string file = Path.Combine(folder, "model.safetensors");
        act.Should().Throw<ModelException>().Which.Problems.Should().Equal(
            $"'{file}': 'projection.0.bias' is [15], not [16].",
            $"'{file}': 'lang_embed.weight' of [23, 16] is missing.",
            $"'{file}': 'lang_decoder.lm_head.weight' is unexpected; it is not trained here.");
        TrainerFixture.Hash(trainer.WriteWeights).Should().Be(before);
    }

    [Fact]
    public void A_file_that_is_cut_off_or_not_there_is_named()
    {
        using ChatModel model = ModelFixture.Model(ScalarType.Float32);
        using var trainer = new Trainer(model, Settings);
        string folder = TrainerFixture.Saved(trainer), file = Path.Combine(folder, "optimizer.safetensors");
        using (FileStream cut = File.OpenWrite(file))
            cut.SetLength(cut.Length - 1);
        Action restore = () => trainer.Restore(folder, trainer.State);
        restore.Should().Throw<ModelException>()
            .WithMessage($"'{file}' is not a file of tensors*is the download complete*Resuming needs it*");
        File.Delete(file);
        restore.Should().Throw<ModelException>().WithMessage($"'{file}' cannot be read: *");
    }

    // The sixth update has a loss that is not finite.
    private static MicroBatch[] Update(int update)
    {
        MicroBatch second = ModelFixture.Batch(update + 100, update == 5 ? "iabtC" : "iabiiCDEFG");
        return [ModelFixture.Batch(update, "abicDE", "aBC"), second];
    }
}
