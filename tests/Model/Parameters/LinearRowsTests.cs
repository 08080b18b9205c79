using TorchSharp;
using VisualChat.Model.Native;
using VisualChat.Model.Parameters;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.Parameters;

/// <summary>In 16 bits on a CPU rows are padded to one of a few numbers; nobody sees it.</summary>
public sealed class LinearRowsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(130)]
    public void Any_number_of_rows_gives_the_product_of_these_rows_and_its_gradients(int rows)
    {
        using DisposeScope scope = NewDisposeScope();
        manual_seed(1);
        Tensor weight = randn(6, 16).to(ScalarType.BFloat16).requires_grad_();
        Tensor bias = randn(6).to(ScalarType.BFloat16).requires_grad_();
        Tensor x = randn(rows, 16).to(ScalarType.BFloat16).requires_grad_();
        Tensor y = new Linear(weight, bias).Apply(x);
        y.sum().backward();

        Tensor exact = Wide(x).matmul(Wide(weight).t()).Plus(Wide(bias));
        y.shape.Should().Equal(rows, 6);
        Largest(Wide(y) - exact).Should().BeLessThan(0.1, "a result of some 10 has 8 bits");
        Wide(bias.grad!)[0].item<double>()
            .Should().BeApproximately(rows, rows / 256.0, "a row of padding has no gradient");
        Largest(Wide(weight.grad!)[0] - Wide(x).sum(dim: 0L)).Should().BeLessThan(0.25);
        x.grad!.shape.Should().Equal(rows, 16);
    }

    [Fact]
    public void Dimensions_before_the_last_stay()
    {
        using DisposeScope scope = NewDisposeScope();
        var linear = new Linear(ones([6, 16], ScalarType.BFloat16));
        linear.Apply(ones([2, 65, 16], ScalarType.BFloat16)).shape.Should().Equal(2, 65, 6);
    }

    private static Tensor Wide(Tensor x) => x.detach().to(ScalarType.Float64);

    private static double Largest(Tensor x) => x.abs().max().item<double>();
}
