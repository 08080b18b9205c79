using TorchSharp;
using VisualChat.Model.Generation;
using VisualChat.Model.Parameters;
using VisualChat.Model.Tests.Training;
using VisualChat.Model.Training;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.CrossAttention;

/// <summary>
/// Compares bits of trainings, whose threads are the process's: no other test may run beside it.
/// </summary>
[CollectionDefinition(nameof(CrossAttendedTrainingTests), DisableParallelization = true)]
[Collection(nameof(CrossAttendedTrainingTests))]
public sealed class CrossAttendedTrainingTests
{
    private static readonly string[] Samples = ["abicDE", "aBiiC", "abcD"];

    private static readonly TrainerSettings Settings = TrainerFixture.Settings with
    {
        Schedule = ScheduleKind.Cosine,
        Updates = 20,
        WarmupUpdates = 2,
        Clip = 0.05,
        WeightDecay = 0.1,
    };

    [Theory]
    [InlineData(0, OptimizerKind.AdamW, false)]
    [InlineData(2, OptimizerKind.AdamW, true)]
    [InlineData(3, OptimizerKind.Muon, false)]
    public void Stopping_and_continuing_gives_the_same_bits_as_not_stopping(
        int config, OptimizerKind optimizer, bool isCheckpointed)
    {
        TrainerSettings settings =
            Settings with { Optimizer = optimizer, ActivationCheckpointing = isCheckpointed };
        ModelDescription description =
            CrossAttentionFixture.Description(CrossAttentionFixture.Configs[config], ScalarType.Float32);
        using ChatModel straight = ChatModel.Create(description), stopped = ChatModel.Create(description);
        using Trainer whole = new(straight, settings), first = new(stopped, settings);
        UpdateResult[] expected = [.. Enumerable.Range(0, 12).Select(update => whole.Update(Update(update)))];
        UpdateResult[] before = [.. Enumerable.Range(0, 5).Select(update => first.Update(Update(update)))];
        string folder = TrainerFixture.Saved(first);

        using ChatModel resumed = ChatModel.Create(description with { Seed = 9 });
        using Trainer second = new(resumed, settings);
        second.Restore(folder, first.State);
        UpdateResult[] after = [.. Enumerable.Range(5, 7).Select(update => second.Update(Update(update)))];

        // Another seed's decoder is frozen and differs: only what is trained is restored.
        before.Should().Equal(expected[..5]);
        using ChatModel same = ChatModel.Create(description);
        using Trainer third = new(same, settings);
        third.Restore(folder, first.State);
        Enumerable.Range(5, 7).Select(update => third.Update(Update(update))).Should().Equal(expected[5..]);
        after.Should().NotEqual(expected[5..]);
        TrainerFixture.Hash(third.WriteWeights).Should().Be(TrainerFixture.Hash(whole.WriteWeights));
        TrainerFixture.Hash(third.WriteOptimizer).Should().Be(TrainerFixture.Hash(whole.WriteOptimizer));
    }

    [Fact]
    public void Gates_open_and_the_layers_behind_them_follow()
    {
        using DisposeScope scope = NewDisposeScope();
        using ChatModel model = ChatModel.Create(CrossAttentionFixture.Description(type: ScalarType.Float32));
        using ChatModel start = ChatModel.Create(CrossAttentionFixture.Description(type: ScalarType.Float32));
        using var trainer = new Trainer(model, TrainerFixture.Settings);
        double first = trainer.Update(Update(0)).LossSum;
        for (int update = 0; update < 60; update++)
            _ = trainer.Update(Update(0));
        trainer.Update(Update(0)).LossSum.Should().BeLessThan(0.95 * first);
        foreach ((TrainedParameter trained, TrainedParameter before) in
            model.Parameters.Trained.Zip(start.Parameters.Trained))
        {
            (trained.Value - before.Value).abs().max().item<float>().Should().BeGreaterThan(1e-3f, trained.Name);
        }
    }

    [Theory]
    [InlineData(0, false, false)]
    [InlineData(0, false, true)]
    [InlineData(1, true, false)]
    [InlineData(2, true, true)]
    public void A_micro_batch_makes_two_uploads_and_an_update_one_read(
        int config, bool isPadded, bool isCheckpointed)
    {
        using ChatModel model = CrossAttentionFixture.Open(
            CrossAttentionFixture.Description(CrossAttentionFixture.Configs[config], ScalarType.Float32) with
            {
                PadsAttention = isPadded,
            });
        using (BatchLoss loss = model.Loss(ModelFixture.Batch(1, Samples), isCheckpointed))
            loss.Backward();
        (model.Transfers.Uploads, model.Transfers.Reads).Should().Be((2, 0));
        using var trainer = new Trainer(model, TrainerFixture.Settings);
        _ = trainer.Update([ModelFixture.Batch(1, Samples)]);
        (model.Transfers.Uploads, model.Transfers.Reads).Should().Be((4, 1));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_generated_token_makes_no_upload_and_one_read(bool choosesOnDevice)
    {
        using DisposeScope scope = NewDisposeScope();
        using ChatModel model =
            CrossAttentionFixture.Open(CrossAttentionFixture.Description(type: ScalarType.Float32));
        using var session = new ModelSession(model) { ChoosesOnDevice = choosesOnDevice };
        session.Append(ModelFixture.Sample("abicde").InputIds.Span, ModelFixture.Images(1));
        using IEnumerator<int> tokens =
            new TokenGeneration(session, new SamplingSettings(), [], []).Tokens().GetEnumerator();
        _ = tokens.MoveNext();
        (long uploads, long reads) = (model.Transfers.Uploads, model.Transfers.Reads);
        _ = tokens.MoveNext();
        (model.Transfers.Uploads - uploads, model.Transfers.Reads - reads).Should().Be((0, 1));
    }

    private static MicroBatch[] Update(int update) =>
        [ModelFixture.Batch(update, "abicDE", "aBC"), ModelFixture.Batch(update + 100, "iabiiCDEFG")];
}
