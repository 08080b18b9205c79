using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace VisualChat.Model.Transfers;

/// <summary>
/// All that a pass needs to know about its batch (ids, positions, rows, labels), put together on
/// the host and sent at once: each array sent alone would wait for all work before it.
/// </summary>
/// <remarks>
/// They travel as doubles, which hold every integer below 2^53 exactly, and frequencies too.
/// </remarks>
internal sealed class PackedNumbers
{
    private readonly List<double> _values = [];

    public NumberRange Add(ReadOnlySpan<long> values) => Append(values, value => value);

    public NumberRange Add(ReadOnlySpan<int> values) => Append(values, value => value);

    public NumberRange Add(ReadOnlySpan<double> values) => Append(values, value => value);

    /// <summary>Sends everything that was added.</summary>
    public SentNumbers Send(DeviceTransfers transfers)
    {
        using Tensor host = OnHost(transfers);
        return new SentNumbers(transfers.Upload(host));
    }

    /// <summary>
    /// [count] Everything that was added, in memory to upload from. The caller owns it.
    /// </summary>
    public Tensor OnHost(DeviceTransfers transfers)
    {
        Tensor host = transfers.HostMemory([_values.Count], ScalarType.Float64);
        MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(_values)).CopyTo(host.bytes);
        return host;
    }

    private NumberRange Append<T>(ReadOnlySpan<T> values, Func<T, double> convert)
    {
        var range = new NumberRange(_values.Count, values.Length);
        foreach (T value in values)
            _values.Add(convert(value));
        return range;
    }
}
