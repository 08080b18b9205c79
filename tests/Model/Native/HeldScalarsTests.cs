using TorchSharp;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.Native;

/// <summary>
/// TorchSharp frees a number that nothing holds while libtorch may still read it (see
/// <c>HeldScalars</c>). That fails about once in an hour, so code is looked at, not run.
/// </summary>
public sealed class HeldScalarsTests
{
    private static readonly ScalarLifetime Lifetime = new(typeof(torch).Assembly.Location);

    [Theory]
    [InlineData(typeof(ChatModel))]
    [InlineData(typeof(HeldScalarsTests))]
    public void No_number_is_left_to_the_collector_while_it_is_read(Type inAssembly)
    {
        string method = $"{typeof(HeldScalarsTests).FullName}.{nameof(Unheld)}";
        string[] expected = inAssembly == typeof(HeldScalarsTests)
            ? [.. CallsOfUnheld.Select(call => $"{method}: {call}")]
            : [];
        Lifetime.Unheld(inAssembly.Assembly.Location).Should().Equal(expected);
    }

    [Fact]
    public void What_TorchSharp_makes_on_its_way_is_known()
    {
        const string TensorName = "TorchSharp.torch/Tensor";
        Lifetime.Makers.Should().Contain(
        [
            $"{TensorName} {TensorName}::op_Addition({TensorName},{TensorName})",
            $"{TensorName} {TensorName}::add_(TorchSharp.Scalar)",
            $"{TensorName} {TensorName}::square()",
        ]);
        Lifetime.Makers.Should().NotContain($"{TensorName} {TensorName}::add({TensorName},TorchSharp.Scalar)");
    }

    private static readonly string[] CallsOfUnheld =
    [
        "TorchSharp.torch/Tensor TorchSharp.torch/Tensor::op_Multiply(TorchSharp.torch/Tensor,System.Double)",
        "TorchSharp.torch/Tensor TorchSharp.torch/Tensor::op_Addition(TorchSharp.torch/Tensor,TorchSharp.torch/Tensor)",
        "TorchSharp.Scalar TorchSharp.Scalar::op_Implicit(System.Int32)",
    ];

    // Three that must be found; never run.
    internal static Tensor Unheld(Tensor x) => ((x * 0.5) + x).mul(3);
}
