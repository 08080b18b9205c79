using TorchSharp;
using VisualChat.Model.TensorFiles;
using VisualChat.Model.Transfers;
using VisualChat.Model.Weights;
using static TorchSharp.torch;

namespace VisualChat.Model.Quantisation;

/// <summary>
/// Makes the weights of a device that are lent, of a folder's tensors or of numbers.
/// </summary>
/// <param name="files">Maps the folder's files.</param>
/// <param name="copies">Copies what a device needs of them, when it is run.</param>
/// <param name="transfers">To the device.</param>
/// <param name="areCopied">
/// Whether weights are copies that the device's operators make numbers of, as on a GPU; if not,
/// they are views of files, and the host does.
/// </param>
/// <param name="failures">Where the weights report.</param>
internal sealed class QuantisedWeights(
    MappedFiles files, TensorCopies copies, DeviceTransfers transfers, bool areCopied, BackwardFailures failures)
    : IDisposable
{
    // What operators look up, once for all weights.
    private readonly Dictionary<string, Tensor> _tables = [];

    /// <summary>
    /// A folder's weight as the folder has it. Copies have their values when they were run.
    /// </summary>
    public LentWeight Of(QuantisedEntry entry)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor codes = Load(entry.Codes), scales = Load(entry.Scales);
        if (entry.Format == FrozenFormat.Int8)
            return new Int8Weight(codes, scales.view(-1), areCopied) { Failures = failures };
        Nf4Scales.NestedScales? nested = null;
        if (entry.Nested is { } said)
        {
            Tensor absmax = Load(said.Absmax);
            float[] offsets = new float[absmax.numel()];
            Array.Fill(offsets, said.Offset);
            nested = new Nf4Scales.NestedScales(
                absmax, OnDevice(HostPieces.Tensor<float>(offsets, ScalarType.Float32)), said.Map, MapOf(said.Map));
        }

        return Nf4(entry.Shape, codes, new Nf4Scales(scales, nested));
    }

    /// <summary>A weight of numbers.</summary>
    /// <param name="values">[rows, columns] float32 of the host, contiguous.</param>
    /// <param name="format">How it is kept.</param>
    /// <returns>Null: a number is not finite.</returns>
    public LentWeight? Of(Tensor values, FrozenFormat format)
    {
        using DisposeScope scope = NewDisposeScope();
        if (format == FrozenFormat.Int8)
        {
            return Int8Weight.Quantise(values) is { } rows
                ? new Int8Weight(OnDevice(rows.Codes), OnDevice(rows.Absmax), areCopied) { Failures = failures }
                : null;
        }

        if (Nf4Quantiser.Quantise(values) is not { } made)
            return null;
        Nf4Scales scales = made.Scales.With(OnDevice);
        scales = scales with { Nested = scales.Nested! with { MapOnDevice = MapOf(scales.Nested.Map) } };
        return Nf4(values.shape, OnDevice(made.Codes), scales);
    }

    /// <summary>Weights of one input as one; null: they cannot be.</summary>
    public static LentWeight? Join(IReadOnlyList<LentWeight> parts) =>
        parts.All(part => part is Int8Weight) ? Int8Weight.Join([.. parts.Cast<Int8Weight>()])
        : parts.All(part => part is Nf4Weight) ? Nf4Weight.Join([.. parts.Cast<Nf4Weight>()])
        : null;

    /// <summary>Lets go of the tables; weights have their own hold on them.</summary>
    public void Dispose()
    {
        foreach (Tensor table in _tables.Values)
            table.Dispose();
    }

    private Nf4Weight Nf4(long[] shape, Tensor codes, Nf4Scales scales)
    {
        Tensor? pairs = areCopied ? Table("pairs", Nf4Code.Pairs(), 256, 2) : null;
        return new Nf4Weight(shape[0], shape[1], codes, scales, pairs) { Failures = failures };
    }

    private Tensor? MapOf(float[] map) => areCopied
        ? Table(string.Join(' ', map.Select(BitConverter.SingleToInt32Bits)), map, 256)
        : null;

    private Tensor Table(string name, float[] values, params long[] shape)
    {
        if (!_tables.TryGetValue(name, out Tensor? table))
        {
            Tensor host = HostPieces.Tensor<float>(values, ScalarType.Float32).view(shape);
            _tables.Add(name, table = OnDevice(host).DetachFromDisposeScope());
        }

        return table.alias();
    }

    private Tensor Load(TensorEntry entry)
    {
        if (!areCopied)
            return files.Load(entry);
        Tensor copy = empty(entry.Shape, dtype: entry.Type, device: transfers.Device);
        copies.Add(entry, copy);
        return copy;
    }

    private Tensor OnDevice(Tensor host)
    {
        if (transfers.Device.type == DeviceType.CPU)
            return host;
        Tensor there = empty(host.shape, dtype: host.dtype, device: transfers.Device);
        transfers.Fill(there, host);
        return there;
    }
}
