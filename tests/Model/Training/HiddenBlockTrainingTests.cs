using VisualChat.Model.Parameters;
using VisualChat.Model.Training;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.Training;

/// <summary>Compares bits: see <see cref="TrainerRestoreTests"/>.</summary>
[CollectionDefinition(nameof(HiddenBlockTrainingTests), DisableParallelization = true)]
[Collection(nameof(HiddenBlockTrainingTests))]
public sealed class HiddenBlockTrainingTests
{
    private const int BlocksOfImage = 16;

    private static readonly TrainerSettings Settings = TrainerFixture.Settings with
    {
        Optimizer = OptimizerKind.Muon,
        Clip = 1,
        WeightDecay = 0.01,
    };

    private static readonly ModelDescription Description = ModelFixture.Description(ScalarType.Float32) with
    {
        Trainable = ModelPart.Vision,
        HiddenBlock = 2,
    };

    [Fact]
    public void A_tower_learns_to_tell_what_is_hidden_and_nothing_else_learns()
    {
        using ChatModel model = ChatModel.Create(Description);
        using var trainer = new Trainer(model, Settings);
        double first = trainer.Update(Update(0)).Loss, last = 0;
        for (int update = 0; update < 60; update++)
            last = trainer.Update(Update(0)).Loss;
        last.Should().BeLessThan(first / 2);
        model.Parameters.Trained.Should().OnlyContain(trained => trained.Spec.Part == ModelPart.Vision);
    }

    [Fact]
    public void Stopping_and_continuing_gives_the_same_bits_as_not_stopping()
    {
        using ChatModel straight = ChatModel.Create(Description), stopped = ChatModel.Create(Description);
        using Trainer whole = new(straight, Settings), first = new(stopped, Settings);
        UpdateResult[] expected = [.. Enumerable.Range(0, 9).Select(update => whole.Update(Update(update)))];
        UpdateResult[] before = [.. Enumerable.Range(0, 4).Select(update => first.Update(Update(update)))];
        string folder = TrainerFixture.Saved(first);

        using ChatModel resumed = ChatModel.Create(Description with { Seed = 77 });
        using Trainer second = new(resumed, Settings);
        second.Restore(folder, first.State);
        UpdateResult[] after = [.. Enumerable.Range(4, 5).Select(update => second.Update(Update(update)))];

        before.Concat(after).Should().Equal(expected);
        expected.Should().OnlyContain(result => result.LabelTokens == 12);
        TrainerFixture.Hash(second.WriteWeights).Should().Be(TrainerFixture.Hash(whole.WriteWeights));
        TrainerFixture.Hash(second.WriteOptimizer).Should().Be(TrainerFixture.Hash(whole.WriteOptimizer));
    }

    // Three micro-batches, one of them of two images: four hidden blocks in each image but one.
    private static MicroBatch[] Update(int update)
    {
        var random = new Random(update);
        return [Batch("i", 4), Batch("ii", 2, 2), Batch("i", 4)];

        MicroBatch Batch(string sample, params int[] hidden) => ModelFixture.Batch(random.Next(), sample) with
        {
            Hidden =
            [
                .. hidden.Select(count => (ReadOnlyMemory<int>)random
                    .GetItems(Enumerable.Range(0, BlocksOfImage).ToArray(), BlocksOfImage)
                    .Distinct()
                    .Take(count)
                    .ToArray()),
            ],
        };
    }
}
