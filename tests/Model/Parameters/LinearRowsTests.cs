using TorchSharp;
using VisualChat.Model.Native;
using VisualChat.Model.Parameters;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.Parameters;

/// <summary>In 16 bits on a CPU rows are filled up to a number that was met before; nobody sees it.</summary>
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
        Tensor weight = randn(6, 16).to(ScalarType.BFloat16).requires_grad_(), bias = randn(6).to(ScalarType.BFloat16).requires_grad_();
        Tensor x = randn(rows, 16).to(ScalarType.BFloat16).requires_grad_();
        Tensor y = new Linear(weight, bias).Apply(x);
        y.sum().backward();

        Tensor exact = x.detach().to(ScalarType.Float64).matmul(weight.detach().to(ScalarType.Float64).t()).Plus(bias.detach().to(ScalarType.Float64));
        y.shape.Should().Equal(rows, 6);
        (y.detach().to(ScalarType.Float64) - exact).abs().max().item<double>().Should().BeLessThan(0.1, "a result of some 10 has 8 bits");
        bias.grad!.to(ScalarType.Float64)[0].item<double>().Should().BeApproximately(rows, rows / 256.0, "a row that only fills has no gradient");
        (weight.grad!.to(ScalarType.Float64)[0] - x.detach().to(ScalarType.Float64).sum(dim: 0L)).abs().max().item<double>().Should().BeLessThan(0.25);
        x.grad!.shape.Should().Equal(rows, 16);
    }

    [Fact]
    public void Dimensions_before_the_last_stay()
    {
        using DisposeScope scope = NewDisposeScope();
        new Linear(ones([6, 16], ScalarType.BFloat16)).Apply(ones([2, 65, 16], ScalarType.BFloat16)).shape.Should().Equal(2, 65, 6);
    }
}
