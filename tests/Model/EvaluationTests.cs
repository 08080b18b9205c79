using TorchSharp;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests;

public sealed class EvaluationTests
{
    [Fact]
    public void Each_sample_has_its_own_loss_and_those_add_up_to_the_batchs()
    {
        using DisposeScope scope = NewDisposeScope();
        using ChatModel model = ModelFixture.Model();
        MicroBatch batch = ModelFixture.Batch(5, "abicDE", "abc", "iabiiCDEFG");
        IReadOnlyList<SampleLoss> losses = model.Evaluate([batch]).Single();
        losses.Select(loss => loss.LabelTokens).Should().Equal(2, 0, 5);
        losses[1].Sum.Should().Be(0);
        var firstAlone = new MicroBatch([batch.Samples[0]], [batch.Images[0]]);
        using BatchLoss first = model.Loss(firstAlone), all = model.Loss(batch);
        losses[0].Sum.Should().BeApproximately(first.Sum.item<double>(), 1e-10);
        losses.Sum(loss => loss.Sum).Should().BeApproximately(all.Sum.item<double>(), 1e-10);
    }

    [Fact]
    public void A_token_is_right_where_its_logit_is_the_largest()
    {
        using DisposeScope scope = NewDisposeScope();
        using ChatModel model = ModelFixture.Model();
        MicroBatch batch = ModelFixture.Batch(5, "iabiiCDEFG");
        ReadOnlyMemory<int> ids = batch.Samples[0].InputIds;
        int[] labels = [.. batch.Samples[0].LabelledIndexes];
        IReadOnlyList<int> before = [.. labels.Select(label => PositionOf(ids[..label]) - 1)];
        long[] likeliest = [.. model.Logits([ids], batch.Images, before).argmax(dim: 1).data<long>()];

        for (int wanted = 0; wanted <= labels.Length; wanted++)
        {
            // The first so many labels are the likeliest tokens, the others are not.
            int[] asked = batch.Samples[0].Labels.ToArray();
            for (int index = 0; index < labels.Length; index++)
                asked[labels[index]] = (int)(likeliest[index] + (index < wanted ? 0 : 1)) % ModelFixture.Vocabulary;
            MicroBatch changed = batch with { Samples = [new ModelSample(ids, asked)] };
            model.Evaluate([changed]).Single().Single().RightTokens.Should().Be(wanted);
        }

        int PositionOf(ReadOnlyMemory<int> read) => read.ToArray()
            .Sum(id => id == ModelFixture.ImageToken ? model.Description.VisualTokens : 1);
    }

    [Fact]
    public void The_numbers_that_are_trained_are_those_of_the_trained_tensors()
    {
        using ChatModel model = ModelFixture.Model();

        model.Description.TrainedNumbers.Should().Be(
            model.Parameters.Trained.Sum(item => item.Value.NumberOfElements)).And.BePositive();
    }

    [Fact]
    public void Nothing_is_learned_by_it_and_nothing_kept()
    {
        using ChatModel model = ModelFixture.Model();
        MicroBatch batch = ModelFixture.Batch(5, "abicDE");
        _ = model.Evaluate([batch]).ToArray();
        model.Parameters.Trained.Select(item => item.Value.grad)
            .Should().OnlyContain(gradient => ReferenceEquals(gradient, null));
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Losses().Should().Equal(Losses());
        (DisposeScopeManager.Statistics.ThreadTotalLiveCount - before).Should().BeLessThanOrEqualTo(0);

        SampleLoss[] Losses() => [.. model.Evaluate([batch]).Single()];
    }

    [Fact]
    public void Batches_come_in_order_with_those_that_have_nothing_to_learn_among_them()
    {
        using ChatModel model = ModelFixture.Model();
        MicroBatch[] batches =
        [
            ModelFixture.Batch(1, "abicDE"),
            ModelFixture.Batch(2, "abic"),
            ModelFixture.Batch(3, "aBC", "iabiiCDEFG"),
            ModelFixture.Batch(4, "abiC"),
        ];

        IReadOnlyList<SampleLoss>[] losses = [.. model.Evaluate(batches)];

        losses.Select(batch => batch.Sum(loss => loss.LabelTokens)).Should().Equal(2, 0, 7, 1);
        foreach ((MicroBatch batch, IReadOnlyList<SampleLoss> together) in batches.Zip(losses))
            together.Should().Equal(model.Evaluate([batch]).Single());
    }

    [Fact]
    public void A_batchs_losses_are_read_when_the_next_batch_has_been_launched()
    {
        using ChatModel model = ModelFixture.Model();
        MicroBatch[] batches = [.. Enumerable.Range(1, 4).Select(seed => ModelFixture.Batch(seed, "abiC"))];
        List<(long Uploads, long Reads)> counts = [];

        foreach (IReadOnlyList<SampleLoss> _ in model.Evaluate(batches))
            counts.Add((model.Transfers.Uploads, model.Transfers.Reads));

        counts.Should().Equal((4, 1), (6, 2), (8, 3), (8, 4));
    }

    [Fact]
    public void A_reader_that_stops_early_leaves_nothing_under_way()
    {
        using ChatModel model = ModelFixture.Model();
        int taken = 0;

        foreach (IReadOnlyList<SampleLoss> _ in model.Evaluate(Batches()))
            break;

        taken.Should().BeLessThanOrEqualTo(4);
        model.Transfers.Reads.Should().Be(1);

        IEnumerable<MicroBatch> Batches()
        {
            while (true)
                yield return ModelFixture.Batch(++taken, "abiC");
        }
    }

    [Fact]
    public void A_batch_without_labels_is_not_an_error()
    {
        using ChatModel model = ModelFixture.Model();
        IReadOnlyList<SampleLoss> losses = model.Evaluate([ModelFixture.Batch(5, "abic", "Abc")]).Single();
        losses.Should().Equal(new SampleLoss(0, 0, 0), new SampleLoss(0, 0, 0));
    }

    [Fact]
    public void An_image_of_another_size_is_refused()
    {
        using ChatModel model = ModelFixture.Model();
        MicroBatch batch = ModelFixture.Batch(5, "abicDE");
        Action act = () => _ = model.Evaluate([batch with { Images = [batch.Images[0][1..]] }]).ToArray();
        act.Should().Throw<ArgumentException>().WithMessage("An image of 191 bytes is not [8, 8, 3].*");
    }
}
