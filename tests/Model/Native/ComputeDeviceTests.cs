using VisualChat.Model.Errors;
using VisualChat.Model.Native;

namespace VisualChat.Model.Tests.Native;

public sealed class ComputeDeviceTests
{
    [Theory]
    [InlineData("cpu", 0)]
    [InlineData("cuda", 1)]
    [InlineData("cuda:0", 1)]
    [InlineData("cuda:7", 8)]
    public void A_device_that_is_there_is_taken(string name, int gpus) => Check(name, gpus).Should().NotThrow();

    [Theory]
    [InlineData("cuda:7", 1, "The device 'cuda:7' is not there: libtorch sees one GPU, cuda:0.")]
    [InlineData("cuda:2", 2, "The device 'cuda:2' is not there: libtorch sees 2 GPUs, cuda:0 to cuda:1.")]
    [InlineData("cuda:0", 0, "The device 'cuda:0' is not there: libtorch sees no GPU. Use cpu, *")]
    [InlineData("cuda", 0, "The device 'cuda' is not there: libtorch sees no GPU. Use cpu, *")]
    [InlineData("cuda:", 1, "There is no device 'cuda:'; there are cpu, cuda and cuda:N.")]
    [InlineData("cuda:-1", 1, "There is no device 'cuda:-1'; there are cpu, cuda and cuda:N.")]
    [InlineData("gpu", 1, "There is no device 'gpu'; there are cpu, cuda and cuda:N.")]
    public void One_that_is_not_is_refused_with_those_that_are(string name, int gpus, string message) =>
        Check(name, gpus).Should().Throw<ModelException>().WithMessage(message);

    [Fact]
    public void GPUs_are_not_counted_for_a_CPU() =>
        FluentActions.Invoking(() => ComputeDevice.Check("cpu", () => throw new InvalidOperationException()))
            .Should().NotThrow();

    private static Action Check(string name, int gpus) => () => ComputeDevice.Check(name, () => gpus);
}
