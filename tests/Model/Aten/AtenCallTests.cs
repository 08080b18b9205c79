using System.Diagnostics;
using TorchSharp;
using VisualChat.Model.Aten;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.Aten;

/// <summary>
/// Calls of ATen's operators through libtorch's C interface. One counts the process's memory, so
/// nothing else may run.
/// </summary>
[Collection(nameof(AtenCallTests))]
[CollectionDefinition(nameof(AtenCallTests), DisableParallelization = true)]
public sealed class AtenCallTests
{
    [Fact]
    public void The_libtorch_of_the_tests_has_the_interface() => AtenLibrary.IsAvailable.Should().BeTrue();

    [Fact]
    public void An_operator_that_is_not_there_is_an_exception_with_its_name()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = ones(2);

        Action call = () =>
        {
            AtenCall aten = default;
            aten.Add(x);
            aten.Run("aten::not_an_operator"u8, like: x);
        };

        call.Should().Throw<InvalidOperationException>().WithMessage("libtorch refused aten::not_an_operator.*");
        x.sum().item<float>().Should().Be(2);
    }

    [Fact]
    public void Shapes_that_do_not_fit_are_an_exception_and_the_tensors_stay_usable()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = ones(2, 3);

        Action call = () => AtenOperators.FusedRmsNorm(x, ones(4), 1e-6);

        call.Should().Throw<InvalidOperationException>().WithMessage("*_fused_rms_norm*");
        x.sum().item<float>().Should().Be(6);
    }

    [Fact]
    public void A_thousand_calls_leave_no_tensor_behind()
    {
        using DisposeScope all = NewDisposeScope();
        Tensor weight = ones(1024);
        Call(10, weight);
        long before = ResidentBytes();

        Call(1000, weight);

        // Each call's input is 4 MB, and so is its result.
        (ResidentBytes() - before).Should().BeLessThan(400_000_000);
    }

    private static void Call(int times, Tensor weight)
    {
        for (int index = 0; index < times; index++)
        {
            using DisposeScope scope = NewDisposeScope();
            _ = AtenOperators.FusedRmsNorm(ones(1024, 1024), weight, 1e-6);
        }
    }

    private static long ResidentBytes()
    {
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
