using TorchSharp;
using VisualChat.Model.Language;
using VisualChat.Model.Native;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.Aten;

public sealed class FusedRmsNormTests
{
    [Fact]
    public void Equals_the_norm_operation_by_operation_and_so_do_its_gradients()
    {
        using DisposeScope scope = NewDisposeScope();
        _ = manual_seed(5);
        Tensor x = randn(3, 7, 40, dtype: ScalarType.Float64, requires_grad: true);
        Tensor weight = randn(40, dtype: ScalarType.Float64, requires_grad: true);
        Tensor factors = randn(3, 7, 40, dtype: ScalarType.Float64);
        var norm = new RmsNorm(weight, 1e-5);

        Tensor fused = norm.Apply(x);
        (fused * factors).sum().backward();
        (Tensor xGradient, Tensor weightGradient) = (x.grad!.clone(), weight.grad!.clone());
        (x.grad, weight.grad) = (null, null);
        Tensor plain = norm.InSteps(x);
        (plain * factors).sum().backward();

        Difference(fused, plain).Should().BeLessThan(1e-12);
        Difference(xGradient, x.grad!).Should().BeLessThan(1e-12);
        Difference(weightGradient, weight.grad!).Should().BeLessThan(1e-12);
    }

    [Fact]
    public void Of_16_bits_on_a_CPU_it_rounds_as_the_released_code_does()
    {
        using DisposeScope scope = NewDisposeScope();
        _ = manual_seed(6);
        Tensor x = randn(5, 64).to(ScalarType.BFloat16);
        Tensor weight = randn(64).to(ScalarType.BFloat16);
        var norm = new RmsNorm(weight, 1e-6);

        using Scalar epsilon = 1e-6;
        Tensor wide = x.to(ScalarType.Float32);
        Tensor unit = wide * rsqrt((wide * wide).mean([-1], keepdim: true).Plus(epsilon));
        norm.Apply(x).Should().Match<Tensor>(y => y.eq(weight * unit.to(ScalarType.BFloat16)).all().item<bool>());
    }

    private static double Difference(Tensor x, Tensor y) => x.detach().contiguous().data<double>().ToArray()
        .Zip(y.detach().contiguous().data<double>().ToArray(), (one, other) => Math.Abs(one - other)).Max();
}
