using TorchSharp;
using static TorchSharp.torch;

namespace VisualChat.Model.Transfers;

/// <summary>
/// Every copy between the host's memory and a model's device, counted. A GPU computes while the
/// host prepares what comes next, as long as neither waits for the other: an upload from pinned
/// memory does not wait, a read waits for all that was asked before it.
/// </summary>
/// <remarks>
/// A pass over a batch makes one upload of numbers and one of pixels, and no read. An update makes
/// one read, at its end. The counts are what tests hold.
/// </remarks>
internal sealed class DeviceTransfers(Device device)
{
    private long _uploads;
    private long _reads;

    public Device Device => device;

    /// <summary>Uploads so far.</summary>
    public long Uploads => Interlocked.Read(ref _uploads);

    /// <summary>Reads so far.</summary>
    public long Reads => Interlocked.Read(ref _reads);

    /// <summary>A tensor of the host on the device. Nothing waits for the copy.</summary>
    /// <remarks>
    /// On a CPU it is the same memory. libtorch keeps pinned memory until its copy is done.
    /// </remarks>
    public Tensor Upload(Tensor host)
    {
        _ = Interlocked.Increment(ref _uploads);
        return device.type == DeviceType.CPU
            ? host.alias()
            : host.pin_memory().to(device, non_blocking: true);
    }

    /// <summary>Numbers of the device, in double. Waits for everything they depend on.</summary>
    public double[] Read(Tensor numbers)
    {
        _ = Interlocked.Increment(ref _reads);
        using DisposeScope scope = NewDisposeScope();
        return numbers.detach().to(ScalarType.Float64).cpu().contiguous().data<double>().ToArray();
    }

    /// <summary>Numbers of the device, in float32, to where they are wanted.</summary>
    /// <inheritdoc cref="Read(Tensor)"/>
    public void Read(Tensor numbers, float[] destination)
    {
        _ = Interlocked.Increment(ref _reads);
        using DisposeScope scope = NewDisposeScope();
        numbers.detach().to(ScalarType.Float32).cpu().contiguous().data<float>().CopyTo(destination);
    }
}
