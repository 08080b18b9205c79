using TorchSharp;
using VisualChat.Model.Tests.Training;
using VisualChat.Model.Training;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests;

/// <summary>
/// Counts the process's tensors and compares bits of trainings, so no other test may run beside it.
/// </summary>
[CollectionDefinition(nameof(PreparedBatchTests), DisableParallelization = true)]
[Collection(nameof(PreparedBatchTests))]
public sealed class PreparedBatchTests
{
    private static readonly MicroBatch Unfit =
        new([ModelFixture.Sample("aibiC")], ModelFixture.Images(1));

    [Fact]
    public void What_one_thread_prepares_another_uses_and_disposes_of()
    {
        using ChatModel model = ModelFixture.Model();
        MicroBatch batch = ModelFixture.Batch(5, "abicDE", "aBC");
        using BatchLoss expected = model.Loss(batch);
        long before = Tensor.TotalCount;
        PreparedBatch? prepared = null;
        var other = new Thread(() =>
        {
            using DisposeScope scope = NewDisposeScope();
            prepared = model.Prepare(batch);
        });
        other.Start();
        other.Join();

        using (BatchLoss loss = model.Loss(prepared!))
            loss.Sum.item<double>().Should().Be(expected.Sum.item<double>());
        prepared!.Dispose();
        Tensor.TotalCount.Should().BeLessThanOrEqualTo(before);
    }

    [Fact]
    public void Its_pixels_are_the_bytes_of_its_images()
    {
        using ChatModel model = ModelFixture.Model();
        MicroBatch batch = ModelFixture.Batch(5, "abiciDE", "aiB");

        using PreparedBatch prepared = model.Prepare(batch);

        prepared.Pixels!.shape.Should().Equal(3, 8, 8, 3);
        prepared.Pixels.dtype.Should().Be(ScalarType.Byte);
        prepared.Pixels.bytes.ToArray().Should().Equal(batch.Images.SelectMany(image => image.ToArray()));
        using PreparedBatch text = model.Prepare(ModelFixture.Batch(5, "abC"));
        text.Pixels.Should().BeNull();
    }

    [Fact]
    public void They_are_taken_in_order_and_a_few_are_prepared_ahead()
    {
        using ChatModel model = ModelFixture.Model();
        using var batches = new PreparedBatches(model, ahead: 2);
        string[] samples = ["aB", "aBC", "aBCD", "aBCDE", "aBCDEF"];
        foreach (string sample in samples)
            batches.Add(ModelFixture.Batch(1, sample));

        foreach (string sample in samples)
        {
            using PreparedBatch taken = batches.Take();
            taken.Text!.Plan.Layout.Positions.Should().Be(sample.Length);
        }
    }

    [Fact]
    public void A_batch_that_does_not_fit_is_refused_where_it_is_taken_and_the_others_leave_nothing()
    {
        using ChatModel model = ModelFixture.Model();
        long before = Tensor.TotalCount;
        using (var batches = new PreparedBatches(model, ahead: 3))
        {
            foreach (MicroBatch batch in new[] { Unfit, ModelFixture.Batch(1, "abiC"), Unfit })
                batches.Add(batch);
            batches.Invoking(queue => queue.Take()).Should().Throw<ArgumentException>()
                .WithMessage("The samples show 2 images, and 1 are given.*");
        }

        Tensor.TotalCount.Should().BeLessThanOrEqualTo(before);
    }

    [Fact]
    public void A_trainer_that_is_told_the_next_update_computes_the_same_bits()
    {
        MicroBatch[][] updates = [.. Enumerable.Range(0, 6).Select(update => (MicroBatch[])
        [
            ModelFixture.Batch(update, "abicDE", "aBC"),
            ModelFixture.Batch(update, "abic"),
            ModelFixture.Batch(update, "iabiiCDEFG"),
            ModelFixture.Batch(update, "abiC"),
        ])];
        using ChatModel told = ModelFixture.Model(ScalarType.Float32), untold = ModelFixture.Model(ScalarType.Float32);
        using Trainer one = new(told, TrainerFixture.Settings), other = new(untold, TrainerFixture.Settings);

        UpdateResult[] expected = [.. updates.Select(update => other.Update(update))];
        UpdateResult[] actual =
            [.. updates.Select((update, index) => one.Update([.. update], updates.ElementAtOrDefault(index + 1)))];

        actual.Should().Equal(expected);
        TrainerFixture.Hash(one.WriteWeights).Should().Be(TrainerFixture.Hash(other.WriteWeights));
    }

    [Fact]
    public void Another_update_than_the_one_that_was_told_is_trained_and_nothing_stays()
    {
        using ChatModel model = ModelFixture.Model(ScalarType.Float32);
        using ChatModel same = ModelFixture.Model(ScalarType.Float32);
        MicroBatch[] first = [ModelFixture.Batch(1, "abicDE")], second = [ModelFixture.Batch(2, "abiCD")];
        using var expected = new Trainer(same, TrainerFixture.Settings);
        _ = expected.Update(first);
        using var trainer = new Trainer(model, TrainerFixture.Settings);
        _ = trainer.Update(first);
        long before = Tensor.TotalCount;

        UpdateResult result = trainer.Update(second, next: first);
        UpdateResult other = trainer.Update(second, next: [Unfit]);
        Action unfit = () => trainer.Update([Unfit], next: second);

        result.Should().Be(expected.Update(second));
        other.Should().Be(expected.Update(second));
        unfit.Should().Throw<ArgumentException>().WithMessage("The samples show 2 images, and 1 are given.*");
        trainer.Update(second).Should().Be(expected.Update(second));
        Tensor.TotalCount.Should().BeLessThanOrEqualTo(before);
    }
}
