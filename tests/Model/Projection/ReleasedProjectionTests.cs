using TorchSharp;
using VisualChat.Model.Native;
using VisualChat.Model.Projection;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.Projection;

public sealed class ReleasedProjectionTests
{
    /// <summary>
    /// Adds the same to all products of a row, which softmax takes back: its gradient is none.
    /// </summary>
    private const string KeyBias = "projection.vis_layer.self_attn.k_proj.bias";

    [Theory]
    [InlineData(ProjectionKind.Vit, ScalarType.Float64, 1e-12)]
    [InlineData(ProjectionKind.Vit, ScalarType.Float32, 1e-5)]
    [InlineData(ProjectionKind.Perceiver, ScalarType.Float64, 1e-12)]
    [InlineData(ProjectionKind.Perceiver, ScalarType.Float32, 1e-5)]
    public void Visual_tokens_are_the_released_codes(ProjectionKind kind, ScalarType type, double tolerance)
    {
        using DisposeScope scope = NewDisposeScope();
        var golden = new GoldenProjection(kind, type);
        Tensor tokens = golden.Projection.Apply(golden.Features);
        (int visualTokens, int step) = kind == ProjectionKind.Vit ? (257, 16) : (256, 15);
        tokens.shape.Should().Equal(1, visualTokens, 256);
        Tensor rows = tokens[0].slice(0, 0, visualTokens, step);
        RelativeDifference(rows, golden.Expected).Should().BeLessThan(tolerance);
    }

    [Theory]
    [InlineData(ProjectionKind.Vit)]
    [InlineData(ProjectionKind.Perceiver)]
    public void Tensors_have_the_released_codes_names_and_shapes(ProjectionKind kind)
    {
        var golden = new GoldenProjection(kind, ScalarType.Float32);
        GoldenProjection.SpecsOf(kind).ToDictionary(spec => spec.Name, spec => spec.Shape)
            .Should().BeEquivalentTo(golden.Tensors
                .Where(tensor => tensor.Key.StartsWith("projection.", StringComparison.Ordinal))
                .ToDictionary(tensor => tensor.Key, tensor => tensor.Value.Shape));
    }

    [Theory]
    [InlineData(ProjectionKind.Vit)]
    [InlineData(ProjectionKind.Perceiver)]
    public void Gradients_in_float32_are_those_in_double(ProjectionKind kind)
    {
        using DisposeScope scope = NewDisposeScope();
        Dictionary<string, Tensor> exact = new GoldenProjection(kind, ScalarType.Float64).Gradients();
        exact.Keys.Should().BeEquivalentTo(
            GoldenProjection.SpecsOf(kind).Select(spec => spec.Name).Where(name => name != "projection.pos_embed"));
        foreach ((string name, Tensor single) in new GoldenProjection(kind, ScalarType.Float32).Gradients())
        {
            double difference = name == KeyBias
                ? single.norm().item<float>()
                : RelativeDifference(single, exact[name]);
            difference.Should().BeLessThan(1e-4, name);
        }
    }

    [Theory]
    [InlineData(ProjectionKind.Vit)]
    [InlineData(ProjectionKind.Perceiver)]
    public void Gradients_in_double_are_difference_quotients(ProjectionKind kind)
    {
        using DisposeScope scope = NewDisposeScope();
        Dictionary<string, Tensor> gradients = new GoldenProjection(kind, ScalarType.Float64).Gradients();
        using IDisposable frozen = no_grad();
        foreach ((string name, Tensor gradient) in gradients.Where(item => item.Key != KeyBias))
        {
            // A step of a thousandth: its square is the quotient's relative error.
            double length = gradient.norm().item<double>();
            using Scalar step = 1e-3 / length, back = -2e-3 / length;
            var golden = new GoldenProjection(kind, ScalarType.Float64);
            _ = golden.Parameters[name].AddInPlace(gradient.mul(step));
            double after = golden.Loss().item<double>();
            _ = golden.Parameters[name].AddInPlace(gradient.mul(back));
            double before = golden.Loss().item<double>();
            ((after - before) / 2e-3).Should().BeApproximately(length, length * 1e-4, name);
        }
    }

    private static double RelativeDifference(Tensor actual, Tensor expected)
    {
        Tensor exact = expected.to(ScalarType.Float64);
        return actual.to(ScalarType.Float64).subtract(exact).norm().item<double>() / exact.norm().item<double>();
    }
}
