using TorchSharp;
using VisualChat.Model.Attention;
using VisualChat.Model.Parameters;
using static TorchSharp.torch;

namespace VisualChat.Model.Language;

// T text rows, I image rows, M wanted positions, H hidden size, V vocabulary.

/// <summary>
/// The LLaMA decoder (arXiv 2302.13971; grouped queries as in 2307.09288) over a batch of
/// interleaved text and images, each kind packed.
/// </summary>
/// <remarks>
/// A layer costs, in multiply-adds, (T + I) times its weights, less what image rows do not need
/// (queries under mmca; in the last layer all but keys and values), and the attention blocks.
/// Logits are made where they are wanted, at a cost of M · H · V. Without padding or masks this is
/// the lower bound of dense products.
/// </remarks>
internal sealed class LlamaDecoder
{
    private readonly LlamaConfig _config;
    private readonly AttentionMode _mode;
    private readonly IReadOnlyList<LlamaLayer> _layers;
    private readonly RmsNorm _norm;
    private readonly Linear _head;

    public LlamaDecoder(ParameterSet parameters, LlamaConfig config, AttentionMode mode)
    {
        _config = config;
        _mode = mode;
        _layers = [.. Enumerable.Range(0, config.Layers).Select(LayerAt)];
        _norm = new RmsNorm(parameters[$"{LlamaParameters.Prefix}model.norm.weight"], config.RmsNormEpsilon);
        _head = Linear.Of(parameters, $"{LlamaParameters.Prefix}lm_head");

        LlamaLayer LayerAt(int index)
        {
            string name = $"{LlamaParameters.Prefix}model.layers.{index}";
            return LlamaLayer.Of(parameters, name, config, isLast: index == config.Layers - 1);
        }
    }

    /// <summary>The next token's logits after chosen positions.</summary>
    /// <param name="text">[T, H] Embedded text, as the layout packs it.</param>
    /// <param name="images">[I, H] Projected visual tokens; null if the batch has no image.</param>
    /// <param name="layout">Where each row stands.</param>
    /// <param name="wanted">
    /// [M] Positions of the batch, in reading order, sample after sample.
    /// </param>
    /// <param name="checkpointing">
    /// Makes layers keep only their inputs for the backward pass; null: they keep their
    /// activations.
    /// </param>
    /// <returns>[M, V]</returns>
    /// <exception cref="ArgumentException">Rows and layout differ.</exception>
    public Tensor Logits(
        Tensor text,
        Tensor? images,
        InterleavedLayout layout,
        IReadOnlyList<int> wanted,
        ActivationCheckpointing? checkpointing = null)
    {
        long imageRows = images?.shape[0] ?? 0;
        if (text.shape[0] != layout.TextRows || imageRows != layout.ImageRows)
        {
            throw new ArgumentException(
                $"{text.shape[0]} text and {imageRows} image rows do not fill a layout of {layout.TextRows} "
                + $"and {layout.ImageRows}.",
                nameof(layout));
        }

        using DisposeScope scope = NewDisposeScope();
        if (layout.ImageRows == 0)
            images = null;
        (text, images, layout) = AsAttended(text, images, layout);
        (DecoderPass pass, Tensor order) = Plan(text, layout, wanted, textBefore: 0, imagesBefore: 0);
        checkpointing?.Hold(pass.Tensors);
        (text, Tensor? image) = ThroughLayers(text, images, (index, text, image) => checkpointing is null
            ? _layers[index].Forward(text, image, pass)
            : CheckpointedLayer.Run(text, image, new LayerCall(_layers[index], pass, checkpointing)));
        return Head(text, image, order).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The next token's logits after the last position of one sample that continues.
    /// </summary>
    /// <param name="text">[T, H] The new embedded text, as the layout packs it.</param>
    /// <param name="images">[I, H] The new projected visual tokens; null if there are none.</param>
    /// <param name="layout">Where each new row stands among the new ones.</param>
    /// <param name="cache">Has the positions before; receives the new ones.</param>
    /// <returns>[V]</returns>
    public Tensor Continue(Tensor text, Tensor? images, InterleavedLayout layout, KeyValueCache cache)
    {
        using DisposeScope scope = NewDisposeScope();
        (text, images, layout) = AsAttended(text, images, layout);
        (DecoderPass pass, Tensor order) =
            Plan(text, layout, [layout.Positions - 1], cache.TextRows, cache.ImageRows);
        int groups = _config.Heads / _config.KeyValueHeads;
        CachedPrefix prefix =
            CachedPrefix.Of(cache.TextRows, cache.ImageRows, layout.TextRows, groups, text.device);
        (text, Tensor? image) = ThroughLayers(text, images, (index, text, image) =>
            _layers[index].Forward(text, image, pass with { Prefix = prefix, Cache = cache.Layers[index] }));
        cache.SetRows(cache.TextRows + layout.TextRows, cache.ImageRows + layout.ImageRows);
        return Head(text, image, order).squeeze(0).MoveToOuterDisposeScope();
    }

    // A layer's rows are let go as soon as the next layer has its own: what a backward pass needs
    // of them, autograd holds. Until the pass ended, they were one more row of activations a layer.
    private (Tensor Text, Tensor? Image) ThroughLayers(
        Tensor firstText, Tensor? firstImage, Func<int, Tensor, Tensor?, (Tensor, Tensor?)> layer)
    {
        (Tensor text, Tensor? image) = (firstText, firstImage);
        for (int index = 0; index < _layers.Count; index++)
        {
            (Tensor before, Tensor? imageBefore) = (text, image);
            (text, image) = layer(index, before, imageBefore);
            if (index == 0)
                continue;
            before.Dispose();
            imageBefore?.Dispose();
        }

        return (text, image);
    }

    // Under causal attention every position is text, in reading order.
    private (Tensor Text, Tensor? Images, InterleavedLayout Layout) AsAttended(
        Tensor text, Tensor? images, InterleavedLayout layout)
    {
        if (_mode != AttentionMode.Causal || images is null)
            return (text, images, layout);
        Tensor order = Rows([.. layout.RowOfPosition.Select(row => (long)row)], text.device);
        return (cat([text, images], 0).index_select(0, order), null, layout.AsText());
    }

    private Tensor Head(Tensor text, Tensor? image, Tensor order)
    {
        Tensor rows = image is null ? text : cat([text, image], 0);
        return _head.Apply(_norm.Apply(rows.index_select(0, order)));
    }

    // textBefore, imagesBefore: cached rows of the one sample; a batch of several samples has none.
    private (DecoderPass Pass, Tensor Order) Plan(
        Tensor like, InterleavedLayout layout, IReadOnlyList<int> wanted, long textBefore, long imagesBefore)
    {
        int before = (int)(textBefore + imagesBefore);
        int[] rows = [.. wanted.Select(position => layout.RowOfPosition[position])];
        long[] textRows = [.. rows.Where(row => row < layout.TextRows).Select(row => (long)row)];
        long[] imageRows =
            [.. rows.Where(row => row >= layout.TextRows).Select(row => (long)row - layout.TextRows)];
        long text = 0, image = textRows.Length;
        long[] order = [.. rows.Select(row => row < layout.TextRows ? text++ : image++)];
        var pass = new DecoderPass
        {
            Mode = _mode,
            Layout = layout,
            TextRotary = RotaryPositions.Of(
                _config,
                layout.TextPositions,
                layout.Samples.Select(sample => (sample.TextRows, sample.Length)),
                before,
                like),
            ImageRotary = layout.ImageRows == 0 ? null : RotaryPositions.Of(
                _config,
                layout.ImagePositions,
                layout.Samples.Select(sample => (sample.ImageRows, sample.Length)),
                before,
                like),
            WantedTextRows = Rows(textRows, like.device),
            WantedImageRows = imageRows.Length == 0 ? null : Rows(imageRows, like.device),
        };
        return (pass, Rows(order, like.device));
    }

    private static Tensor Rows(long[] rows, Device device) => tensor(rows, [rows.Length], device: device);
}
