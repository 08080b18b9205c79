using VisualChat.Model.Attention;
using static TorchSharp.torch;

namespace VisualChat.Model.Language;

/// <summary>What every layer of one pass over a batch shares.</summary>
/// <param name="Mode">Mmca, or what the released code computes; causal attention is mmca over a layout of text alone.</param>
/// <param name="Layout">How the batch is packed.</param>
/// <param name="TextRotary">The text rows' positions.</param>
/// <param name="ImageRotary">The image rows' positions; null without images.</param>
/// <param name="TextRowsOut">[wanted] Text rows whose result is wanted after the last layer.</param>
/// <param name="ImageRowsOut">[wanted] The image rows wanted after the last layer; null where there are none.</param>
/// <param name="Before">What stands before the rows of a sample that goes on; null where none is kept.</param>
internal sealed record DecoderPass(
    AttentionMode Mode, InterleavedLayout Layout, RotaryPositions TextRotary, RotaryPositions? ImageRotary, Tensor TextRowsOut, Tensor? ImageRowsOut, CachedPrefix? Before = null)
{
    /// <summary>What the layer at work keeps, where anything stands in <see cref="Before"/>.</summary>
    public CachedLayer? Kept { get; init; }

    public IEnumerable<Tensor> Tensors => new[] { TextRotary.Cos, TextRotary.Sin, ImageRotary?.Cos, ImageRotary?.Sin, TextRowsOut, ImageRowsOut }.OfType<Tensor>();
}
