using TorchSharp;
using VisualChat.Model.Parameters;
using VisualChat.Model.Training;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace VisualChat.Model.Tests.Training;

/// <summary>
/// Muon moves a matrix as far along directions with little gradient as along those with much.
/// </summary>
public sealed class MuonTests
{
    private const double Rate = 0.1;

    [Theory]
    [InlineData(3, 5)]
    [InlineData(5, 3)]
    public void Singular_values_far_apart_move_the_weight_equally_far(int rows, int columns)
    {
        using DisposeScope scope = NewDisposeScope();
        manual_seed(1);
        using var weight = new Parameter(zeros(rows, columns));
        (Tensor u, _, Tensor v) = linalg.svd(randn(rows, columns), fullMatrices: false);
        weight.grad = u.matmul(diag(tensor(new float[] { 10, 1, 0.3f }))).matmul(v);
        using Muon muon = MuonOf("lang_decoder.model.layers.0.mlp.up_proj.weight", weight);
        muon.Step(Rate, visionRate: 0, weightDecay: 0);

        // The iteration ends with singular values between 0.7 and 1.2, to the three bits of
        // precision that 16-bit products have.
        double unit = Rate * 0.2 * Math.Sqrt(5);
        foreach (float moved in linalg.svdvals(weight).data<float>())
            moved.Should().BeInRange((float)(0.65 * unit), (float)(1.25 * unit));
        Tensor own = u.t().matmul(weight).matmul(v.t());
        (own - diag(diag(own))).abs().max().item<float>()
            .Should().BeLessThan((float)(0.05 * unit), "each moves along its own direction");
    }

    [Fact]
    public void The_moment_follows_the_formula_and_a_matrix_decays()
    {
        using DisposeScope scope = NewDisposeScope();
        using var weight = new Parameter(tensor(new float[,] { { 1, -2 } }));
        using Muon muon = MuonOf("projection.0.weight", weight);
        foreach (float gradient in new[] { 1f, -0.5f })
        {
            weight.grad = tensor(new float[,] { { gradient, 0 } });
            muon.Step(rate: 0, visionRate: Rate, weightDecay: 0.5);
        }

        (string name, Tensor moment) = muon.Moments.Single();
        name.Should().Be("momentum.projection.0.weight");
        moment.data<float>().ToArray().Should().Equal(0.45f, 0);
        weight[0, 1].item<float>().Should().BeApproximately(-2 * 0.95f * 0.95f, 1e-6f);
    }

    [Fact]
    public void Without_a_vision_rate_the_tower_and_its_moment_do_not_change()
    {
        using DisposeScope scope = NewDisposeScope();
        using var weight = new Parameter(ones(2, 2));
        using Muon muon = MuonOf("vis_encoder.vision_model.encoder.layers.0.mlp.fc1.weight", weight);
        weight.grad = ones(2, 2);
        muon.Step(Rate, visionRate: null, weightDecay: 0.5);
        weight.data<float>().ToArray().Should().Equal(1, 1, 1, 1);
        muon.Moments.Single().Value.data<float>().ToArray().Should().Equal(0, 0, 0, 0);
    }

    [Theory]
    [InlineData("lang_decoder.model.layers.0.self_attn.q_proj.weight", true)]
    [InlineData("vis_encoder.vision_model.embeddings.patch_embedding.weight", true)]
    [InlineData("projection.0.weight", true)]
    [InlineData("lang_decoder.lm_head.weight", false)]
    [InlineData("lang_embed.weight", false)]
    [InlineData("vis_encoder.vision_model.embeddings.position_embedding.weight", false)]
    public void It_is_for_matrices_between_layers(string name, bool fits) =>
        Muon.Fits(TrainerFixture.Spec(name)).Should().Be(fits);

    [Fact]
    public void It_is_not_for_vectors()
    {
        ParameterSpec[] vectors = [.. TrainerFixture.Specs.Where(spec => spec.Shape.Length == 1)];
        vectors.Should().NotBeEmpty().And.OnlyContain(spec => !Muon.Fits(spec));
        TrainerFixture.Specs.Where(spec => spec.Role == ParameterRole.Vector).Should().Equal(vectors);
    }

    [Fact]
    public void A_step_makes_no_tensor_that_stays()
    {
        using var weight = new Parameter(ones(2, 3));
        using Muon muon = MuonOf("projection.0.weight", weight);
        weight.grad = ones(2, 3);
        using DisposeScope scope = NewDisposeScope();
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        muon.Step(Rate, Rate, 0.1);
        DisposeScopeManager.Statistics.ThreadTotalLiveCount.Should().Be(before);
        scope.DisposablesCount.Should().Be(0);
    }

    private static Muon MuonOf(string name, Parameter weight) => new([TrainerFixture.Trained(name, weight)]);
}
