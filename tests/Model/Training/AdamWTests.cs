using TorchSharp;
using VisualChat.Model.Training;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace VisualChat.Model.Tests.Training;

public sealed class AdamWTests
{
    // Two steps of the formula in double, each with its gradient.
    private static readonly double[][] Gradients = [[0.5, -0.25], [0.1, 0.3]];

    [Fact]
    public void A_matrix_follows_the_formula()
    {
        using Parameter weight = Matrix();
        using AdamW optimizer = Stepped("lang_decoder.lm_head.weight", weight);
        weight.data<double>().ToArray().Should().Equal([0.8168481188267056, -1.9103641866230616], Near);
        optimizer.Moments.Select(moment => moment.Name)
            .Should().Equal("exp_avg.lang_decoder.lm_head.weight", "exp_avg_sq.lang_decoder.lm_head.weight");
        optimizer.Moments.First().Value.data<double>().ToArray().Should().Equal([0.055, 0.0075], Near);
        optimizer.Moments.Last().Value.data<double>().ToArray().Should().Equal([0.012375, 0.00746875], Near);
    }

    [Fact]
    public void A_bias_does_not_decay()
    {
        using Parameter weight = Vector();
        using AdamW optimizer = Stepped("projection.0.bias", weight);
        weight.data<double>().ToArray().Should().Equal([0.8187471188287057, -1.9142621866270617], Near);
    }

    [Fact]
    public void The_embeddings_have_a_rate_of_their_own_and_do_not_decay()
    {
        using Parameter weight = Matrix();
        using AdamW optimizer = Stepped("lang_embed.weight", weight);
        weight.data<double>().ToArray().Should().Equal([0.9637494237657411, -1.9828524373254124], Near);
    }

    [Fact]
    public void Without_a_gradient_a_weight_moves_by_its_moments()
    {
        using Parameter weight = Vector();
        using AdamW optimizer = Stepped("projection.0.bias", weight);
        weight.grad = null;
        optimizer.Step(3, rate: 0.1, embeddingRate: 0, visionRate: 0.1, weightDecay: 0);
        optimizer.Moments.First().Value.data<double>().ToArray().Should().Equal([0.0495, 0.00675], Near);
        weight.data<double>().ToArray().Should().Equal([0.7551262910896641, -1.9254294440451656], Near);
    }

    [Fact]
    public void A_step_makes_no_tensor_that_stays()
    {
        using Parameter weight = Matrix();
        using AdamW optimizer = Stepped("lang_decoder.lm_head.weight", weight);
        using DisposeScope scope = NewDisposeScope();
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        optimizer.Step(3, 0.1, 0.1, 0.1, 0.1);
        DisposeScopeManager.Statistics.ThreadTotalLiveCount.Should().Be(before);
        scope.DisposablesCount.Should().Be(0);
    }

    private static AdamW Stepped(string name, Parameter weight)
    {
        var optimizer = new AdamW([TrainerFixture.Trained(name, weight)], 1e-8, EpsilonPlace.CorrectedRoot);
        using DisposeScope scope = NewDisposeScope();
        for (int step = 0; step < Gradients.Length; step++)
        {
            weight.grad = tensor(Gradients[step]).view(weight.shape).DetachFromDisposeScope();
            optimizer.Step(step + 1, rate: 0.1, embeddingRate: 0.02, visionRate: 0.1, weightDecay: 0.01);
        }

        return optimizer;
    }

    private static Parameter Matrix() => new(tensor(new double[,] { { 1, -2 } }));

    private static Parameter Vector() => new(tensor(new double[] { 1, -2 }));

    private static bool Near(double actual, double expected) => Math.Abs(actual - expected) < 1e-14;
}
