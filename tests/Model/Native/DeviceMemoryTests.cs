using System.Runtime.InteropServices;
using TorchSharp;
using VisualChat.Model.Errors;

namespace VisualChat.Model.Tests.Native;

/// <summary>That a device has no memory left is told as such, whatever threw it.</summary>
public sealed class DeviceMemoryTests
{
    private const string FromCuda =
        "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 1 has a total capacity of 79.10 GiB of which 512.00 MiB "
        + "is free. Process 12 has 78.60 GiB memory in use. Of the allocated memory 77.00 GiB is allocated by PyTorch.";

    [Fact]
    public void A_GPU_says_what_was_asked_for_and_what_is_free() =>
        MessageOf(new LibtorchFailure(FromCuda))
            .Should().Be("GPU 1 is out of memory: 2.15 GB more were asked for, and 0.54 of 84.93 GB are free.");

    [Fact]
    public void A_CPUs_own_message_is_known()
    {
        Action allocate = () => torch.zeros([1L << 50], torch.ScalarType.Float32).Dispose();

        MessageOf(allocate.Should().Throw<ExternalException>().Which)
            .Should().Be("The machine is out of memory: 4503599.63 GB more were asked for.");
    }

    [Theory]
    [InlineData("CUDA error: out of memory\nCUDA kernel errors might be asynchronously reported")]
    [InlineData("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`")]
    public void So_are_those_of_pinned_memory_and_of_cuBLAS(string message) =>
        MessageOf(new LibtorchFailure(message)).Should().Be("The GPU is out of memory.");

    [Fact]
    public void What_a_recomputed_layer_threw_is_found_inside() =>
        MessageOf(new AggregateException("A layer failed.", new LibtorchFailure(FromCuda)))
            .Should().StartWith("GPU 1 is out of memory");

    [Fact]
    public void Advice_follows() =>
        DeviceMemoryException.Of(new LibtorchFailure("CUDA error: out of memory"), "Show fewer images.")!.Message
            .Should().Be("The GPU is out of memory. Show fewer images.");

    [Fact]
    public void Other_failures_are_left_as_they_are()
    {
        DeviceMemoryException.Of(new LibtorchFailure("mat1 and mat2 shapes cannot be multiplied")).Should().BeNull();
        DeviceMemoryException.Of(new InvalidOperationException("CUDA out of memory.")).Should().BeNull();
    }

    private static string MessageOf(Exception thrown) => DeviceMemoryException.Of(thrown)!.Message;
}
