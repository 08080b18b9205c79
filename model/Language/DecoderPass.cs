using VisualChat.Model.Attention;
using VisualChat.Model.CrossAttention;
using static TorchSharp.torch;

namespace VisualChat.Model.Language;

/// <summary>What every layer of one pass over a batch shares.</summary>
internal sealed record DecoderPass
{
    private static readonly InterleavedLayout OneTextRow = InterleavedLayout.Of([[Run.Text(1)]]);

    /// <summary>The attention. Causal attention is mmca over a layout of text alone.</summary>
    public required AttentionMode Mode { get; init; }

    public required InterleavedLayout Layout { get; init; }

    /// <summary>
    /// Attention over padded samples; null where blocks are computed.
    /// </summary>
    public required PaddedAttention? Padded { get; init; }

    /// <summary>
    /// Rows of both kinds in reading order, where a softmax takes both; null where none does, or
    /// there is no image row.
    /// </summary>
    public required ReadingOrder? Order { get; init; }

    /// <summary>The positions of all rows, and of each kind: views.</summary>
    public required (RotaryPositions All, RotaryPositions Text, RotaryPositions Image) Rotary { get; init; }

    /// <summary>
    /// [wanted] Rows whose result is wanted after the last layer, as wanted; null: all of them.
    /// </summary>
    public required Tensor? WantedRows { get; init; }

    /// <summary>Whether an image row is among them.</summary>
    public required bool WantsImageRows { get; init; }

    /// <summary>Which rows look at which visual tokens; null without gated layers.</summary>
    public MediaPass? Media { get; init; }

    /// <summary>The cached rows that the pass continues; null in a pass without a cache.</summary>
    public CachedPrefix? Prefix { get; init; }

    /// <summary>The cache of the layer that is computed; null in a pass without a cache.</summary>
    public CachedLayer? Cache { get; init; }

    /// <summary>
    /// The pass of one text row that continues. Nothing of it has to be sent: its position is an
    /// argument of the kernel that makes its angles.
    /// </summary>
    /// <param name="mode">The decoder's attention.</param>
    /// <param name="cache">Has the positions before.</param>
    /// <param name="type">The type that is computed in.</param>
    public static DecoderPass OfOneRow(AttentionMode mode, KeyValueCache cache, ScalarType type)
    {
        var rotary = RotaryPositions.At(cache.Frequencies!, cache.Positions, type);
        return new DecoderPass
        {
            Mode = mode,
            Layout = OneTextRow,
            Rotary = (rotary, rotary, rotary),
            Padded = null,
            Order = null,
            WantedRows = null,
            WantsImageRows = false,
            Prefix = new CachedPrefix(cache.TextRows, cache.ImageRows, TextMask: null),
        };
    }

    /// <summary>What a layer that is computed again needs.</summary>
    public IEnumerable<Tensor> Tensors =>
    [
        .. new[] { Rotary.All, Rotary.Text, Rotary.Image }.SelectMany(rotary => new[] { rotary.Cos, rotary.Sin }),
        .. WantedRows is null ? [] : new[] { WantedRows },
        .. Padded?.Tensors ?? [],
        .. Order?.Tensors ?? [],
        .. Media?.Tensors ?? [],
    ];
}
