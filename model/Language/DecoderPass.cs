using VisualChat.Model.Attention;
using static TorchSharp.torch;

namespace VisualChat.Model.Language;

/// <summary>What every layer of one pass over a batch shares.</summary>
internal sealed record DecoderPass
{
    private static readonly InterleavedLayout OneTextRow = InterleavedLayout.Of([[Run.Text(1)]]);

    /// <summary>
    /// Mmca, or what the released code computes. Causal attention is mmca over a layout of text
    /// alone.
    /// </summary>
    public required AttentionMode Mode { get; init; }

    public required InterleavedLayout Layout { get; init; }

    /// <summary>
    /// The attention of text over padded samples; null where blocks are computed.
    /// </summary>
    public required PaddedMmcaAttention? Padded { get; init; }

    /// <summary>The positions of the text rows.</summary>
    public required RotaryPositions TextRotary { get; init; }

    /// <summary>The positions of the image rows; null without images.</summary>
    public required RotaryPositions? ImageRotary { get; init; }

    /// <summary>
    /// [wanted] Text rows whose result is wanted after the last layer; null: all of them.
    /// </summary>
    public required Tensor? WantedTextRows { get; init; }

    /// <summary>[wanted] The same of image rows; null if none is wanted.</summary>
    public required Tensor? WantedImageRows { get; init; }

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
    public static DecoderPass OfOneRow(AttentionMode mode, KeyValueCache cache, ScalarType type) => new()
    {
        Mode = mode,
        Layout = OneTextRow,
        TextRotary = RotaryPositions.At(cache.Frequencies!, cache.Positions, type),
        ImageRotary = null,
        Padded = null,
        WantedTextRows = null,
        WantedImageRows = null,
        Prefix = new CachedPrefix(cache.TextRows, cache.ImageRows, TextMask: null),
    };

    public IEnumerable<Tensor> Tensors => new[]
    {
        TextRotary.Cos, TextRotary.Sin, ImageRotary?.Cos, ImageRotary?.Sin, WantedTextRows, WantedImageRows,
    }.OfType<Tensor>().Concat(Padded?.Tensors ?? []);
}
