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
        IReadOnlyList<SampleLoss> losses = model.Evaluate(batch);
        losses.Select(loss => loss.LabelTokens).Should().Equal(2, 0, 5);
        losses[1].Sum.Should().Be(0);
        var firstAlone = new MicroBatch([batch.Samples[0]], [batch.Images[0]]);
        using BatchLoss first = model.Loss(firstAlone), all = model.Loss(batch);
        losses[0].Sum.Should().BeApproximately(first.Sum.item<double>(), 1e-10);
        losses.Sum(loss => loss.Sum).Should().BeApproximately(all.Sum.item<double>(), 1e-10);
    }

    [Fact]
    public void Nothing_is_learned_by_it_and_nothing_kept()
    {
        using ChatModel model = ModelFixture.Model();
        MicroBatch batch = ModelFixture.Batch(5, "abicDE");
        _ = model.Evaluate(batch);
        model.Parameters.Trained.Select(item => item.Value.grad)
            .Should().OnlyContain(gradient => ReferenceEquals(gradient, null));
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        model.Evaluate(batch).Should().Equal(model.Evaluate(batch));
        (DisposeScopeManager.Statistics.ThreadTotalLiveCount - before).Should().BeLessThanOrEqualTo(0);
    }

    [Fact]
    public void A_batch_without_labels_is_not_an_error()
    {
        using ChatModel model = ModelFixture.Model();
        IReadOnlyList<SampleLoss> losses = model.Evaluate(ModelFixture.Batch(5, "abic", "Abc"));
        losses.Should().Equal(new SampleLoss(0, 0), new SampleLoss(0, 0));
    }

    [Fact]
    public void An_image_of_another_size_is_refused()
    {
        using ChatModel model = ModelFixture.Model();
        MicroBatch batch = ModelFixture.Batch(5, "abicDE");
        Action act = () => model.Evaluate(batch with { Images = [batch.Images[0][1..]] });
        act.Should().Throw<ArgumentException>().WithMessage("An image of 191 bytes is not [8, 8, 3].*");
    }
}
