using TorchSharp;
using VisualChat.Model.Attention;
using VisualChat.Model.CrossAttention;
using VisualChat.Model.Parameters;
using VisualChat.Model.Transfers;
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
    private readonly GatedLayers? _gated;
    private readonly RmsNorm _norm;
    private readonly Linear _head;

    /// <param name="parameters">Has its tensors.</param>
    /// <param name="config">Its sizes.</param>
    /// <param name="mode">Its attention.</param>
    /// <param name="gated">Layers between its own that look at visual tokens; null: none.</param>
    public LlamaDecoder(
        ParameterSet parameters, LlamaConfig config, AttentionMode mode, GatedLayers? gated = null)
    {
        _config = config;
        _mode = mode;
        _gated = gated;
        _layers = [.. Enumerable.Range(0, config.Layers).Select(LayerAt)];
        _norm = new RmsNorm(parameters[$"{LlamaParameters.Prefix}model.norm.weight"], config.RmsNormEpsilon);
        _head = Linear.Of(parameters, $"{LlamaParameters.Prefix}lm_head");

        LlamaLayer LayerAt(int index)
        {
            string name = $"{LlamaParameters.Prefix}model.layers.{index}";
            return LlamaLayer.Of(parameters, name, config, isLast: index == config.Layers - 1);
        }
    }

    /// <summary>
    /// Whether attention over whole samples is computed padded, in a few launches a layer
    /// (<see cref="PaddedAttention"/>), or in blocks. GPUs pad; a CPU computes blocks.
    /// </summary>
    public bool IsPadded { get; init; }

    /// <summary>An empty cache for one sample.</summary>
    public KeyValueCache NewCache() => new(_layers.Count, _gated?.Indexes ?? []);

    /// <summary>Plans a pass. Its numbers are sent before the pass is made.</summary>
    /// <inheritdoc cref="DecoderPlan.Of"/>
    public DecoderPlan Plan(
        InterleavedLayout layout,
        IReadOnlyList<int> wanted,
        int cachedPositions,
        PackedNumbers numbers,
        MediaLayout? media = null)
    {
        bool isPadded = IsPadded && cachedPositions == 0;
        return DecoderPlan.Of(_config, _mode, layout, wanted, cachedPositions, isPadded, numbers, media);
    }

    /// <summary>The next token's logits after the wanted positions.</summary>
    /// <param name="text">[T, H] Embedded text, as the layout packs it.</param>
    /// <param name="images">
    /// [I, H] Projected visual tokens, or [I, C] what gated layers look at; null if the batch has
    /// no image.
    /// </param>
    /// <param name="plan">Where each row stands, and the M positions that are wanted.</param>
    /// <param name="sent">Has what the plan packed.</param>
    /// <param name="checkpointing">
    /// Makes layers keep only their inputs for the backward pass; null: they keep their
    /// activations.
    /// </param>
    /// <returns>[M, V]</returns>
    /// <exception cref="ArgumentException">Rows and layout differ.</exception>
    public Tensor Logits(
        Tensor text,
        Tensor? images,
        DecoderPlan plan,
        SentNumbers sent,
        ActivationCheckpointing? checkpointing = null)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x_RH = AsAttended(text, images, plan, sent);
        DecoderPass pass = plan.Pass(_config, _mode, sent, x_RH.dtype);
        Tensor? media = pass.Media is null ? null : images;
        if (checkpointing is null)
        {
            return Head(ThroughLayers(
                x_RH,
                (gated, _, x) => gated.Forward(x, media, pass.Media!),
                (index, x) => _layers[index].Forward(x, pass)));
        }

        checkpointing.Hold(pass.Tensors);
        return Head(ThroughLayers(
            x_RH,
            (gated, _, x) => CheckpointedLayer.Run(
                new LayerCall(rows => gated.Forward(rows[0], rows.ElementAtOrDefault(1), pass.Media!), checkpointing),
                x,
                media is null ? [] : [media]),
            (index, x) => CheckpointedLayer.Run(
                new LayerCall(rows => _layers[index].Forward(rows[0], pass), checkpointing), x)));
    }

    /// <summary>
    /// The next token's logits after the wanted positions of one sample that continues.
    /// </summary>
    /// <param name="text">[T, H] The new embedded text, as the layout packs it.</param>
    /// <param name="images">[I, H] The new projected visual tokens; null if there are none.</param>
    /// <param name="plan">Where each new row stands, and the M positions that are wanted.</param>
    /// <param name="sent">Has what the plan packed.</param>
    /// <param name="cache">Has the positions before; receives the new ones.</param>
    /// <returns>[M, V]</returns>
    /// <exception cref="ArgumentException">Rows and layout differ.</exception>
    public Tensor Continue(
        Tensor text, Tensor? images, DecoderPlan plan, SentNumbers sent, KeyValueCache cache)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x_RH = AsAttended(text, images, plan, sent);
        DecoderPass pass = plan.Pass(_config, _mode, sent, x_RH.dtype, cache.MediaRows);
        int groups = _config.Heads / _config.KeyValueHeads;
        CachedPrefix prefix =
            CachedPrefix.Of(cache.TextRows, cache.ImageRows, plan.Layout.Samples[0], _mode, groups, x_RH.device);
        x_RH = ThroughLayers(
            x_RH,
            (gated, index, x) => gated.Forward(x, images, pass.Media!, cache.Gated[index]),
            (index, x) => _layers[index].Forward(x, pass with { Prefix = prefix, Cache = cache.Layers[index] }));
        cache.SetRows(cache.TextRows + plan.Layout.TextRows, cache.ImageRows + plan.Layout.ImageRows, _mode);
        cache.SetMediaRows(cache.MediaRows + (plan.Media?.Layout.Rows ?? 0));
        cache.SetFrequencies(sent.Doubles(plan.Rotary.Frequencies));
        return Head(x_RH);
    }

    /// <summary>
    /// The next token's logits after one text row of a sample that continues. Nothing is sent to
    /// the device, and no row is looked up.
    /// </summary>
    /// <param name="text">[1, H] The embedded token.</param>
    /// <param name="cache">Has the positions before, at least one; receives the new one.</param>
    /// <returns>[1, V]</returns>
    public Tensor Continue(Tensor text, KeyValueCache cache)
    {
        using DisposeScope scope = NewDisposeScope();
        DecoderPass pass = DecoderPass.OfOneRow(_mode, cache, text.dtype);
        MediaPass? media = _gated?.OneRow(cache.MediaRows);
        Tensor x_1H = ThroughLayers(
            text,
            (gated, index, x) => gated.Forward(x, null, media!, cache.Gated[index]),
            (index, x) => _layers[index].Forward(x, pass with { Cache = cache.Layers[index] }));
        cache.SetRows(cache.TextRows + 1, cache.ImageRows);
        return Head(x_1H);
    }

    // A layer's rows are let go as soon as the next layer has its own: what a backward pass needs
    // of them, autograd holds. Until the pass ended, they were one more row of activations a layer.
    private Tensor ThroughLayers(
        Tensor first, Func<GatedLayer, int, Tensor, Tensor> gated, Func<int, Tensor, Tensor> layer)
    {
        Tensor x = first;
        for (int index = 0; index < _layers.Count; index++)
        {
            if (_gated?.Before(index) is { } before)
                x = Next(gated(before, index, x));
            x = Next(layer(index, x));
        }

        return x;

        Tensor Next(Tensor rows)
        {
            if (!ReferenceEquals(x, first))
                x.Dispose();
            return rows;
        }
    }

    // [T + I, H] Text rows, then image rows. Under causal attention every position is text, in
    // reading order.
    private static Tensor AsAttended(Tensor text, Tensor? images, DecoderPlan plan, SentNumbers sent)
    {
        (long textRows, long imageRows) = (text.shape[0], images?.shape[0] ?? 0);
        bool isText = plan.ReadingOrder is not null;
        int looked = plan.Media?.Layout.Rows ?? 0;
        bool fills = isText
            ? textRows + imageRows == plan.Layout.TextRows
            : textRows == plan.Layout.TextRows && imageRows == plan.Layout.ImageRows + looked;
        if (!fills)
        {
            throw new ArgumentException(
                $"{textRows} text and {imageRows} image rows do not fill a layout of {plan.Layout.TextRows} "
                + $"and {plan.Layout.ImageRows + looked}.",
                nameof(plan));
        }

        if (plan.Media is not null)
            return text;

        Tensor rows = imageRows == 0 ? text : cat([text, images!], 0);
        return plan.ReadingOrder is { } order ? rows.index_select(0, sent.Integers(order)) : rows;
    }

    private Tensor Head(Tensor wanted) => _head.Apply(_norm.Apply(wanted)).MoveToOuterDisposeScope();
}
