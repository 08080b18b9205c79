using TorchSharp;
using VisualChat.Model.Weights;
using static TorchSharp.torch;

namespace VisualChat.Model.Quantisation;

/// <summary>
/// A weight in NF4 (arXiv 2305.14314), as bitsandbytes stores it: 4 bits a value in row-major
/// order, and a scale for each 64. With scales in 8 bits that is 4.127 bits a weight.
/// </summary>
/// <remarks>
/// <para>
/// Lending costs one pass on a CPU: half a byte is read for each number that is written
/// (<see cref="Nf4Host"/>). On a GPU it is eight launches, four of them over the scales alone; a
/// byte chooses a pair of values from a table of 256, so no bits are taken apart. What they make on
/// the way is bounded: a large weight is made in pieces.
/// </para>
/// <para>
/// The values are bitsandbytes' own, bit for bit: value times scale in float32, rounded once to the
/// type that is asked for.
/// </para>
/// </remarks>
internal sealed class Nf4Weight : LentWeight
{
    // A multiple of what shares a scale. On a GPU, a piece takes 10 bytes a number on the way.
    private const long PieceNumbers = 1 << 25;

    private readonly Tensor _codes;
    private readonly Nf4Scales _scales;
    private readonly Tensor? _pairs;

    /// <param name="rows">Outputs of the map.</param>
    /// <param name="columns">Inputs of the map.</param>
    /// <param name="codes">Two values in a byte, the first in the high half.</param>
    /// <param name="scales">A scale for each 64 values.</param>
    /// <param name="pairs">
    /// [256, 2] Both values of each byte, where operators look them up; null: the host computes.
    /// </param>
    public Nf4Weight(long rows, long columns, Tensor codes, Nf4Scales scales, Tensor? pairs) : base(rows, columns)
    {
        _codes = codes.DetachFromDisposeScope();
        _scales = scales.With(tensor => tensor.DetachFromDisposeScope());
        _pairs = pairs?.DetachFromDisposeScope();
    }

    protected override IEnumerable<Tensor> Kept =>
        new[] { _codes, _pairs }.OfType<Tensor>().Concat(_scales.Kept);

    public override Tensor Lend(ScalarType type)
    {
        Tensor values = empty([Rows, Columns], dtype: type, device: _codes.device);
        if (_pairs is null)
            Nf4Host.Dequantise(_codes, _scales, values);
        else
            Fill(values);
        return values;
    }

    public override LentWeight Alias(BackwardFailures failures) =>
        new Nf4Weight(Rows, Columns, _codes.alias(), _scales.With(tensor => tensor.alias()), _pairs?.alias())
        {
            Failures = failures,
            IsPart = IsPart,
        };

    /// <exception cref="ArgumentException">
    /// The rows do not begin and end where a block of scales does.
    /// </exception>
    public override LinearWeight Narrow(long first, long count)
    {
        const long Step = (long)Nf4Code.BlockSize * Nf4Code.NestedBlockSize;
        if (first * Columns % Step != 0 || count * Columns % Step != 0)
            throw new ArgumentException($"{count} rows from {first} share scales with others.", nameof(first));
        return new Nf4Weight(
            count,
            Columns,
            _codes.view(-1).narrow(0, first * Columns / 2, count * Columns / 2),
            _scales.Narrow(first * Columns / Nf4Code.BlockSize, count * Columns / Nf4Code.BlockSize),
            _pairs?.alias())
        {
            Failures = Failures,
            IsPart = true,
        };
    }

    /// <summary>
    /// Weights of one input as one; null: their scales do not fill blocks, and cannot be one.
    /// </summary>
    public static Nf4Weight? Join(IReadOnlyList<Nf4Weight> parts)
    {
        using DisposeScope scope = NewDisposeScope();
        if (Nf4Scales.Join([.. parts.Select(part => part._scales)]) is not { } scales)
            return null;
        Tensor codes = cat([.. parts.Select(part => part._codes.view(-1))], 0);
        long rows = parts.Sum(part => part.Rows);
        return new Nf4Weight(rows, parts[0].Columns, codes, scales, parts[0]._pairs?.alias())
        {
            Failures = parts[0].Failures,
        };
    }

    private void Fill(Tensor values)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable frozen = no_grad();
        Tensor scales = _scales.OnDevice(), flat = values.view(-1), codes = _codes.view(-1);
        long count = flat.numel();
        for (long first = 0; first < count; first += PieceNumbers)
        {
            using DisposeScope piece = NewDisposeScope();
            long numbers = Math.Min(PieceNumbers, count - first);
            long blocks = (numbers + Nf4Code.BlockSize - 1) / Nf4Code.BlockSize;
            Tensor pairs = codes.narrow(0, first / 2, (numbers + 1) / 2).to(ScalarType.Int32);
            Tensor wide = _pairs!.index_select(0, pairs).view(-1);
            if (wide.numel() < blocks * Nf4Code.BlockSize)
                wide = nn.functional.pad(wide, [0, (blocks * Nf4Code.BlockSize) - wide.numel()]);
            _ = wide.view(blocks, Nf4Code.BlockSize)
                .mul_(scales.narrow(0, first / Nf4Code.BlockSize, blocks).unsqueeze(1));
            _ = flat.narrow(0, first, numbers).copy_(wide.narrow(0, 0, numbers));
        }
    }
}
