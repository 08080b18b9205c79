using VisualChat.Model.Native;
using static TorchSharp.torch;

namespace VisualChat.Model.Quantisation;

// B blocks of 64 weights, N blocks of 256 scales.

/// <summary>
/// The scale of each block of an NF4 weight: the largest magnitude in it. Kept in float32, or
/// "double-quantised" in 8 bits: <c>map[code] * nested + offset</c>.
/// </summary>
/// <param name="Absmax">[B] float32, or the codes as bytes.</param>
/// <param name="Nested">How codes are read; null: <paramref name="Absmax"/> has the scales.</param>
internal sealed record Nf4Scales(Tensor Absmax, Nf4Scales.NestedScales? Nested)
{
    /// <summary>How scales in 8 bits are read.</summary>
    /// <param name="Absmax">
    /// [N] float32, the largest magnitude of 256 scales less their offset.
    /// </param>
    /// <param name="Offset">
    /// [N] float32, the mean of all scales of a weight. Joined weights have one each.
    /// </param>
    /// <param name="Map">The 256 values.</param>
    /// <param name="MapOnDevice">
    /// [256] The same where operators look them up; null: nowhere.
    /// </param>
    public sealed record NestedScales(Tensor Absmax, Tensor Offset, float[] Map, Tensor? MapOnDevice);

    /// <summary>B.</summary>
    public long Blocks => Absmax.numel();

    /// <summary>The tensors.</summary>
    public IEnumerable<Tensor> Kept => Nested is null
        ? [Absmax]
        : new[] { Absmax, Nested.Absmax, Nested.Offset, Nested.MapOnDevice }.OfType<Tensor>();

    /// <summary>The same with each tensor replaced.</summary>
    public Nf4Scales With(Func<Tensor, Tensor> change) => new(
        change(Absmax),
        Nested is null
            ? null
            : new NestedScales(
                change(Nested.Absmax),
                change(Nested.Offset),
                Nested.Map,
                Nested.MapOnDevice is { } map ? change(map) : null));

    /// <summary>The scales of whole blocks of scales: views.</summary>
    public Nf4Scales Narrow(long firstBlock, long blocks)
    {
        Tensor absmax = Absmax.view(-1).narrow(0, firstBlock, blocks);
        if (Nested is null)
            return new Nf4Scales(absmax, null);
        long first = firstBlock / Nf4Code.NestedBlockSize;
        long count = (blocks + Nf4Code.NestedBlockSize - 1) / Nf4Code.NestedBlockSize;
        return new Nf4Scales(absmax, Nested with
        {
            Absmax = Nested.Absmax.narrow(0, first, count),
            Offset = Nested.Offset.narrow(0, first, count),
            MapOnDevice = Nested.MapOnDevice?.alias(),
        });
    }

    /// <summary>
    /// One after the other; null: they are not kept alike, or the scales of one do not fill blocks.
    /// </summary>
    public static Nf4Scales? Join(IReadOnlyList<Nf4Scales> parts)
    {
        Tensor absmax = cat([.. parts.Select(part => part.Absmax.view(-1))], 0);
        if (parts.All(part => part.Nested is null))
            return new Nf4Scales(absmax, null);
        NestedScales? first = parts[0].Nested;
        bool areAlike = first is not null && parts.All(part =>
            part.Nested is { } nested
            && part.Blocks % Nf4Code.NestedBlockSize == 0
            && nested.Map.AsSpan().SequenceEqual(first.Map));
        if (!areAlike)
            return null;
        return new Nf4Scales(absmax, first! with
        {
            Absmax = cat([.. parts.Select(part => part.Nested!.Absmax)], 0),
            Offset = cat([.. parts.Select(part => part.Nested!.Offset)], 0),
            MapOnDevice = first.MapOnDevice?.alias(),
        });
    }

    /// <summary>The scales of some blocks, on the host.</summary>
    public void Read(long firstBlock, Span<float> scales)
    {
        if (Nested is null)
        {
            HostPieces.Of<float>(Absmax, firstBlock, scales.Length).CopyTo(scales);
            return;
        }

        ReadOnlySpan<byte> codes = HostPieces.Of<byte>(Absmax, firstBlock, scales.Length);
        int nestedBlocks = (int)Nested.Absmax.numel();
        ReadOnlySpan<float> nested = HostPieces.Of<float>(Nested.Absmax, 0, nestedBlocks);
        ReadOnlySpan<float> offsets = HostPieces.Of<float>(Nested.Offset, 0, nestedBlocks);
        for (int block = 0; block < scales.Length; block++)
        {
            int of = (int)((firstBlock + block) / Nf4Code.NestedBlockSize);
            scales[block] = (Nested.Map[codes[block]] * nested[of]) + offsets[of];
        }
    }

    /// <summary>[B] float32, by operators of the device: four launches, or none.</summary>
    public Tensor OnDevice()
    {
        if (Nested is null)
            return Absmax.view(-1);
        long blocks = Blocks, full = Nested.Absmax.numel() * Nf4Code.NestedBlockSize;
        Tensor looked = Nested.MapOnDevice!.index_select(0, Absmax.view(-1).to(ScalarType.Int32));
        if (full > blocks)
            looked = nn.functional.pad(looked, [0, full - blocks]);
        return looked.view(-1, Nf4Code.NestedBlockSize)
            .mul_(Nested.Absmax.unsqueeze(1))
            .AddInPlace(Nested.Offset.unsqueeze(1))
            .view(-1)
            .narrow(0, 0, blocks);
    }
}
