using TorchSharp;
using VisualChat.Model.Attention;
using VisualChat.Model.Parameters;
using static TorchSharp.torch;

namespace VisualChat.Model.Language;

// T text rows, I image rows, M wanted positions, H hidden size, V vocabulary.

/// <summary>
/// The LLaMA decoder (arXiv 2302.13971; grouped queries as in 2307.09288) over a batch of interleaved text and images, each kind packed.
/// </summary>
/// <remarks>
/// Cost of a layer, in multiply-adds: (T + I) · weights of the layer, less what image rows have no use for (queries under mmca; all but keys
/// and values in the last layer), and the attention blocks. Logits are made where they are wanted, at a cost of M · H · V.
/// Without padding or masks this is the floor of dense products.
/// </remarks>
public sealed class LlamaDecoder
{
    private readonly LlamaConfig _config;
    private readonly AttentionMode _mode;
    private readonly IReadOnlyList<LlamaLayer> _layers;
    private readonly RmsNorm _norm;
    private readonly Linear _head;

    internal LlamaDecoder(ParameterSet parameters, LlamaConfig config, AttentionMode mode)
    {
        _config = config;
        _mode = mode;
        _layers = [.. Enumerable.Range(0, config.Layers).Select(index =>
            LlamaLayer.Of(parameters, $"{LlamaParameters.Prefix}model.layers.{index}", config, index == config.Layers - 1))];
        _norm = new RmsNorm(parameters[$"{LlamaParameters.Prefix}model.norm.weight"], config.RmsNormEpsilon);
        _head = Linear.Of(parameters, $"{LlamaParameters.Prefix}lm_head");
    }

    /// <summary>The next token's logits after chosen positions.</summary>
    /// <param name="text">[T, H] Embedded text, as the layout packs it.</param>
    /// <param name="images">[I, H] Projected visual tokens; null where the batch has no image.</param>
    /// <param name="layout">Where each row stands.</param>
    /// <param name="wanted">[M] Positions of the batch, in reading order, sample after sample.</param>
    /// <param name="checkpointing">Has layers keep their inputs alone for the gradients; null: they keep what they need.</param>
    /// <returns>[M, V]</returns>
    /// <exception cref="ArgumentException">Rows and layout differ.</exception>
    public Tensor Logits(Tensor text, Tensor? images, InterleavedLayout layout, IReadOnlyList<int> wanted, ActivationCheckpointing? checkpointing = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(layout);
        ArgumentNullException.ThrowIfNull(wanted);
        if (text.shape[0] != layout.TextRows || (images?.shape[0] ?? 0) != layout.ImageRows)
            throw new ArgumentException($"{text.shape[0]} text and {images?.shape[0] ?? 0} image rows do not fill a layout of {layout.TextRows} and {layout.ImageRows}.", nameof(layout));
        using DisposeScope scope = NewDisposeScope();
        if (layout.ImageRows == 0)
            images = null;
        (text, images, layout) = AsAttended(text, images, layout);
        (DecoderPass pass, Tensor order) = Plan(text, layout, wanted, textBefore: 0, imagesBefore: 0);
        checkpointing?.Keep(pass.Tensors);
        Tensor? image = images;
        foreach (LlamaLayer layer in _layers)
        {
            (text, image) = checkpointing is null
                ? layer.Forward(text, image, pass)
                : CheckpointedLayer.Run(text, image, new LayerCall(layer, pass, checkpointing));
        }

        return Head(text, image, order).MoveToOuterDisposeScope();
    }

    /// <summary>The next token's logits after the last position of one sample that goes on.</summary>
    /// <param name="text">[T, H] The embedded text that is new, as the layout packs it.</param>
    /// <param name="images">[I, H] The projected visual tokens that are new; null where there are none.</param>
    /// <param name="layout">Where each new row stands among the new ones.</param>
    /// <param name="memory">What was kept of the positions before, and keeps the new ones from now on.</param>
    /// <returns>[V]</returns>
    internal Tensor Continue(Tensor text, Tensor? images, InterleavedLayout layout, KeyValueCache memory)
    {
        using DisposeScope scope = NewDisposeScope();
        (text, images, layout) = AsAttended(text, images, layout);
        (DecoderPass pass, Tensor order) = Plan(text, layout, [layout.Positions - 1], memory.TextRows, memory.ImageRows);
        pass = pass with { Before = CachedPrefix.Of(memory.TextRows, memory.ImageRows, layout.TextRows, _config.Heads / _config.KeyValueHeads, text.device) };
        Tensor? image = images;
        for (int index = 0; index < _layers.Count; index++)
            (text, image) = _layers[index].Forward(text, image, pass with { Kept = memory.Layers[index] });
        memory.Keep(memory.TextRows + layout.TextRows, memory.ImageRows + layout.ImageRows);
        return Head(text, image, order).squeeze(0).MoveToOuterDisposeScope();
    }

    // Under causal attention every position is text, in reading order.
    private (Tensor Text, Tensor? Images, InterleavedLayout Layout) AsAttended(Tensor text, Tensor? images, InterleavedLayout layout)
    {
        if (_mode != AttentionMode.Causal || images is null)
            return (text, images, layout);
        return (cat([text, images], 0).index_select(0, Rows([.. layout.RowOfPosition.Select(row => (long)row)], text.device)), null, layout.AsText());
    }

    private Tensor Head(Tensor text, Tensor? image, Tensor order) =>
        _head.Apply(_norm.Apply((image is null ? text : cat([text, image], 0)).index_select(0, order)));

    // textBefore, imagesBefore: rows of the one sample that went before; a batch of several has none.
    private (DecoderPass Pass, Tensor Order) Plan(Tensor like, InterleavedLayout layout, IReadOnlyList<int> wanted, long textBefore, long imagesBefore)
    {
        int before = (int)(textBefore + imagesBefore);
        List<long> textRows = [], imageRows = [];
        int[] rows = [.. wanted.Select(position => layout.RowOfPosition[position])];
        foreach (int row in rows)
            if (row < layout.TextRows)
                textRows.Add(row);
            else
                imageRows.Add(row - layout.TextRows);
        long text = 0, image = textRows.Count;
        long[] order = [.. rows.Select(row => row < layout.TextRows ? text++ : image++)];
        var pass = new DecoderPass(
            _mode,
            layout,
            RotaryPositions.Of(_config, layout.TextPositions, layout.Samples.Select(sample => (sample.TextRows, sample.Length)), before, like),
            layout.ImageRows == 0 ? null : RotaryPositions.Of(_config, layout.ImagePositions, layout.Samples.Select(sample => (sample.ImageRows, sample.Length)), before, like),
            Rows([.. textRows], like.device),
            imageRows.Count == 0 ? null : Rows([.. imageRows], like.device));
        return (pass, Rows(order, like.device));
    }

    private static Tensor Rows(long[] rows, Device device) => tensor(rows, [rows.Length], device: device);
}
