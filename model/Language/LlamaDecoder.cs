using TorchSharp;
using VisualChat.Model.Attention;
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
    private readonly RmsNorm _norm;
    private readonly Linear _head;

    public LlamaDecoder(ParameterSet parameters, LlamaConfig config, AttentionMode mode)
    {
        _config = config;
        _mode = mode;
        _layers = [.. Enumerable.Range(0, config.Layers).Select(LayerAt)];
        _norm = new RmsNorm(parameters[$"{LlamaParameters.Prefix}model.norm.weight"], config.RmsNormEpsilon);
        _head = Linear.Of(parameters, $"{LlamaParameters.Prefix}lm_head");
        IsPadded = _head.Weight.device.type != DeviceType.CPU;

        LlamaLayer LayerAt(int index)
        {
            string name = $"{LlamaParameters.Prefix}model.layers.{index}";
            return LlamaLayer.Of(parameters, name, config, isLast: index == config.Layers - 1);
        }
    }

    /// <summary>
    /// Whether attention over whole samples is computed padded, in two launches a layer
    /// (<see cref="PaddedMmcaAttention"/>), or in blocks. GPUs pad; a CPU computes blocks.
    /// </summary>
    public bool IsPadded { get; init; }

    /// <summary>Plans a pass. Its numbers are sent before the pass is made.</summary>
    /// <inheritdoc cref="DecoderPlan.Of"/>
    public DecoderPlan Plan(
        InterleavedLayout layout, IReadOnlyList<int> wanted, int cachedPositions, PackedNumbers numbers) =>
        DecoderPlan.Of(_config, _mode, layout, wanted, cachedPositions, IsPadded && cachedPositions == 0, numbers);

    /// <summary>The next token's logits after the wanted positions.</summary>
    /// <param name="text">[T, H] Embedded text, as the layout packs it.</param>
    /// <param name="images">[I, H] Projected visual tokens; null if the batch has no image.</param>
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
        (text, images) = AsAttended(text, images, plan, sent);
        DecoderPass pass = plan.Pass(_config, _mode, sent, text.dtype);
        checkpointing?.Hold(pass.Tensors);
        (text, Tensor? image) = ThroughLayers(text, images, (index, text, image) => checkpointing is null
            ? _layers[index].Forward(text, image, pass)
            : CheckpointedLayer.Run(text, image, new LayerCall(_layers[index], pass, checkpointing)));
        return Head(text, image, sent.Integers(plan.WantedOrder)).MoveToOuterDisposeScope();
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
        (text, images) = AsAttended(text, images, plan, sent);
        DecoderPass pass = plan.Pass(_config, _mode, sent, text.dtype);
        int groups = _config.Heads / _config.KeyValueHeads;
        CachedPrefix prefix =
            CachedPrefix.Of(cache.TextRows, cache.ImageRows, plan.Layout.TextRows, groups, text.device);
        (text, Tensor? image) = ThroughLayers(text, images, (index, text, image) =>
            _layers[index].Forward(text, image, pass with { Prefix = prefix, Cache = cache.Layers[index] }));
        cache.SetRows(cache.TextRows + plan.Layout.TextRows, cache.ImageRows + plan.Layout.ImageRows);
        cache.SetFrequencies(sent.Doubles(plan.Text.Frequencies));
        return Head(text, image, sent.Integers(plan.WantedOrder)).MoveToOuterDisposeScope();
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
        (text, _) = ThroughLayers(text, null, (index, text, image) =>
            _layers[index].Forward(text, image, pass with { Cache = cache.Layers[index] }));
        cache.SetRows(cache.TextRows + 1, cache.ImageRows);
        return _head.Apply(_norm.Apply(text)).MoveToOuterDisposeScope();
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
    private static (Tensor Text, Tensor? Images) AsAttended(
        Tensor text, Tensor? images, DecoderPlan plan, SentNumbers sent)
    {
        if (plan.ReadingOrder is { } order)
            (text, images) = (cat([text, images!], 0).index_select(0, sent.Integers(order)), null);
        long imageRows = images?.shape[0] ?? 0;
        if (text.shape[0] != plan.Layout.TextRows || imageRows != plan.Layout.ImageRows)
        {
            throw new ArgumentException(
                $"{text.shape[0]} text and {imageRows} image rows do not fill a layout of {plan.Layout.TextRows} "
                + $"and {plan.Layout.ImageRows}.",
                nameof(plan));
        }

        return (text, imageRows == 0 ? null : images);
    }

    private Tensor Head(Tensor text, Tensor? image, Tensor order)
    {
        Tensor rows = image is null ? text : cat([text, image], 0);
        return _head.Apply(_norm.Apply(rows.index_select(0, order)));
    }
}
