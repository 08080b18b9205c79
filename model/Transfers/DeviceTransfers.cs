using System.Diagnostics;
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
    private long _waited;

    public Device Device => device;

    /// <summary>Uploads so far.</summary>
    public long Uploads => Interlocked.Read(ref _uploads);

    /// <summary>Reads so far.</summary>
    public long Reads => Interlocked.Read(ref _reads);

    /// <summary>
    /// How long reads have taken: the host's time with nothing to do but wait for the device.
    /// </summary>
    public TimeSpan Waited => TimeSpan.FromTicks(Interlocked.Read(ref _waited));

    /// <summary>
    /// Memory of the host for <see cref="Upload"/> and <see cref="Fill"/>, not initialised and of
    /// no dispose scope: the caller owns it. Any thread may ask for it. Pinned, if the device is a
    /// GPU.
    /// </summary>
    /// <remarks>
    /// Pinned memory is of libtorch's caching allocator: pinning costs a system call only until the
    /// sizes in use (rounded up to powers of two) have been met, and a block whose tensor is
    /// disposed of is given out again only when the copies from it are done. Two buffers of our own
    /// would have to wait for events, which TorchSharp 0.107 does not have.
    /// </remarks>
    public Tensor HostMemory(long[] shape, ScalarType type)
    {
        Tensor memory = empty(shape, dtype: type).DetachFromDisposeScope();
        if (device.type == DeviceType.CPU)
            return memory;
        using (memory)
            return memory.pin_memory().DetachFromDisposeScope();
    }

    /// <summary>
    /// <see cref="HostMemory"/> on the device. Nothing waits for the copy, and the host's tensor
    /// may be disposed of at once.
    /// </summary>
    /// <remarks>On a CPU it is the same memory.</remarks>
    public Tensor Upload(Tensor host)
    {
        _ = Interlocked.Increment(ref _uploads);
        return device.type == DeviceType.CPU
            ? host.alias()
            : host.to(device, non_blocking: true);
    }

    /// <summary>
    /// Copies a tensor of the host into one of the device, which converts it. When it returns, the
    /// host's memory may be written over.
    /// </summary>
    public void Fill(Tensor destination, Tensor host)
    {
        _ = Interlocked.Increment(ref _uploads);
        using Tensor there = device.type == DeviceType.CPU ? host.alias() : host.to(device);
        _ = destination.copy_(there);
    }

    /// <summary>Numbers of the device, in double. Waits for everything they depend on.</summary>
    public double[] Read(Tensor numbers)
    {
        _ = Interlocked.Increment(ref _reads);
        long start = Stopwatch.GetTimestamp();
        using DisposeScope scope = NewDisposeScope();
        double[] read = numbers.detach().to(ScalarType.Float64).cpu().contiguous().data<double>().ToArray();
        _ = Interlocked.Add(ref _waited, Stopwatch.GetElapsedTime(start).Ticks);
        return read;
    }

    /// <summary>
    /// A tensor's bytes in its own type, row after row, to where they are wanted.
    /// </summary>
    /// <inheritdoc cref="Read(Tensor)"/>
    public void Read(Tensor numbers, Span<byte> destination)
    {
        _ = Interlocked.Increment(ref _reads);
        long start = Stopwatch.GetTimestamp();
        using DisposeScope scope = NewDisposeScope();
        numbers.detach().cpu().contiguous().bytes.CopyTo(destination);
        _ = Interlocked.Add(ref _waited, Stopwatch.GetElapsedTime(start).Ticks);
    }

    /// <summary>Numbers of the device, in float32, to where they are wanted.</summary>
    /// <inheritdoc cref="Read(Tensor)"/>
    public void Read(Tensor numbers, float[] destination)
    {
        _ = Interlocked.Increment(ref _reads);
        long start = Stopwatch.GetTimestamp();
        using DisposeScope scope = NewDisposeScope();
        numbers.detach().to(ScalarType.Float32).cpu().contiguous().data<float>().CopyTo(destination);
        _ = Interlocked.Add(ref _waited, Stopwatch.GetElapsedTime(start).Ticks);
    }
}
