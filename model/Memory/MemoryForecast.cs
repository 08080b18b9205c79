using VisualChat.Model.Attention;
using VisualChat.Model.CrossAttention;
using VisualChat.Model.Language;
using VisualChat.Model.Parameters;
using VisualChat.Model.Projection;
using VisualChat.Model.Training;
using VisualChat.Model.Vision;

namespace VisualChat.Model.Memory;

// H hidden size, F the width inside the MLP.

/// <summary>
/// What a training, an evaluation or generation takes of a device's memory, from the model's
/// description and the headers of its files alone.
/// </summary>
/// <remarks>
/// <para>
/// What a decoder's layer keeps is what its operations' gradients are computed from: the inputs of
/// both norms (2 H), gate, silu(gate) and up (3 F); for text rotated queries, keys, values and the
/// result of each softmax; for image rows keys and values. A frozen product keeps nothing but its
/// weight. For 7B in 16 bits that is 123 KB a text row and 99 KB an image row, times 32 layers.
/// </para>
/// <para>
/// Tests follow a CPU's allocations and hold the forecast to 10 %. What is not foretold: fragments
/// between a GPU's blocks, CUDA's own half gigabyte.
/// </para>
/// </remarks>
public sealed class MemoryForecast
{
    // Bytes of a number that is summed or learned, unless the model computes in double.
    private const long Wide = 4;

    private readonly ModelDescription _description;
    private readonly WeightForecast _weights;
    private readonly LlamaConfig _language;

    // Bytes of a number that is computed with.
    private readonly long _e;

    private MemoryForecast(ModelDescription description)
    {
        _description = description;
        _language = description.Language;
        _weights = WeightForecast.Of(description);
        _e = WeightForecast.Bytes(description.ComputeType);
    }

    /// <summary>The model's parts, in its order.</summary>
    public IReadOnlyList<PartNeed> Parts => _weights.Parts();

    /// <summary>
    /// A sentence for each folder whose weights are not there, or cannot be read.
    /// </summary>
    public IReadOnlyList<string> Unread => _weights.Unread;

    /// <summary>
    /// Bytes that a conversation's keys and values take for each position, in all layers.
    /// </summary>
    public long BytesOfPosition => _e * _language.Layers * 2 * Keys;

    private long Queries => (long)_language.Heads * _language.HeadSize;

    private long Keys => (long)_language.KeyValueHeads * _language.HeadSize;

    // On a CPU 16 bits are normalised and attended to in float32 (RmsNorm, BlockAttention).
    private bool IsWidened => _description.Device == "cpu" && _e < Wide;

    /// <summary>Reads headers of the description's files; what is not there is foretold.</summary>
    /// <exception cref="Errors.ModelException">The sizes do not fit together.</exception>
    public static MemoryForecast Of(ModelDescription description)
    {
        ArgumentNullException.ThrowIfNull(description);
        return new MemoryForecast(description);
    }

    /// <summary>What trained weights take in a training.</summary>
    /// <param name="optimizer">How they learn.</param>
    public TrainedNeed OfTrained(OptimizerKind optimizer) => _weights.Trained(optimizer);

    /// <summary>What an update takes.</summary>
    /// <param name="optimizer">How it learns.</param>
    /// <param name="batch">The largest micro-batch.</param>
    /// <param name="isCheckpointed">Whether layers recompute their activations.</param>
    public MemoryNeed OfTraining(OptimizerKind optimizer, BatchShape batch, bool isCheckpointed)
    {
        ArgumentNullException.ThrowIfNull(batch);
        (long kept, long peak) = Pass(Decoded(batch), isCheckpointed);
        peak += _weights.Lent;
        long replicas = Replicas.CountFor(_description);
        long temporary = Math.Max(peak, _weights.EmbeddingGradient) - kept;
        return Need(optimizer, replicas * kept, replicas * Math.Max(temporary, 0));
    }

    /// <summary>What a pass takes that keeps nothing for a backward pass.</summary>
    /// <param name="optimizer">
    /// How it learns, if moments are there beside the weights; null: they are not.
    /// </param>
    /// <param name="batch">The largest micro-batch.</param>
    public MemoryNeed OfEvaluation(OptimizerKind? optimizer, BatchShape batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        long logits = batch.LabelTokens * _description.VocabularySize * (_e + (3 * Wide));
        return Need(optimizer, 0, Math.Max(ForwardPass(Decoded(batch)), logits));
    }

    /// <summary>What answering takes.</summary>
    /// <param name="prompt">The longest prompt, which is computed in one pass.</param>
    /// <param name="positions">
    /// Positions of all conversations that are kept, visual tokens counted.
    /// </param>
    public MemoryNeed OfGeneration(BatchShape prompt, long positions)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        return Need(optimizer: null, positions * BytesOfPosition, ForwardPass(Decoded(prompt)));
    }

    private MemoryNeed Need(OptimizerKind? optimizer, long kept, long temporary) =>
        new(_weights.Frozen, _weights.Trained(optimizer).Total, kept, temporary) { Mapped = _weights.Mapped };

    // Where gated layers look at visual tokens, an image is one position of text in the decoder.
    private BatchShape Decoded(BatchShape batch)
    {
        if (!_description.IsCrossAttended || batch.Images == 0)
            return batch;
        long padded = (batch.PaddedImageRows ?? batch.ImageRows) * batch.Images / batch.ImageRows;
        return batch with
        {
            TextRows = batch.TextRows + batch.Images,
            ImageRows = 0,
            PaddedTextRows = batch.PaddedTextRows + padded,
            PaddedImageRows = batch.PaddedImageRows is null ? null : 0,
        };
    }

    // The most that a pass has at once if it keeps nothing: the rows, the decoder's first input
    // beside them, and all that one layer makes of them.
    private long ForwardPass(BatchShape batch)
    {
        long width = _language.HiddenSize, inner = _language.IntermediateSize;
        long text = batch.PaddedTextRows ?? batch.TextRows, images = batch.ImageRows;
        bool hasImages = images > 0;
        long attention = text * ((hasImages ? 7 : 5) * Queries);
        long rows = batch.Positions * ((7 * width) + (4L * inner) + (3 * Keys) + (hasImages ? Queries : 0));
        long layer = (_e * (attention + rows)) + _weights.CastsOfLayer + _weights.Lent;
        long gated = (_e * GatedLayers.NumbersInPass(_description, batch.Positions)) + _weights.CastsOfGatedLayer;
        return Most(layer, gated, _weights.CastsOfHead, VisionPass(batch));
    }

    // A frozen tower's pass, or what it gave before.
    private long VisionPass(BatchShape batch)
    {
        if (batch.Images == 0)
            return 0;
        return _description.TakesFeatures
            ? batch.Images * _description.FeatureBytes
            : (_e * batch.Images * _description.Vision.NumbersInPass) + _weights.CastsInTower + _weights.Lent;
    }

    // What a pass keeps, and the most it has at once.
    private (long Kept, long Peak) Pass(BatchShape batch, bool isCheckpointed)
    {
        if (_description.HiddenBlock is not null)
            return HiddenBlocks(batch);
        long e = _e, rows = batch.Positions, wanted = batch.LabelTokens;
        long layers = _language.Layers, width = _language.HiddenSize, inner = _language.IntermediateSize;
        long norm = IsWidened ? Wide * width : e * width;
        bool isTrained = _description.Trainable.HasFlag(ModelPart.Language);
        long attention = Attention(batch) + (isTrained ? e * rows * (width + Queries) : 0);
        long mlp = norm + (e * 3 * inner) + (isTrained ? e * (width + inner) : 0);

        // A product keeps its weight: if that was cast, a copy.
        long casts = _weights.CastsOfLayer;
        long layer = (rows * (norm + mlp)) + attention + casts;
        long lastLayer = (rows * norm) + attention + (wanted * mlp) + casts;
        long logits = wanted * _description.VocabularySize;
        long probabilities = Math.Max(e, Wide) * logits;
        long head = (wanted * norm) + (isTrained ? e * wanted * width : 0) + probabilities + _weights.CastsOfHead;

        // A gated layer, and the visual tokens that all of them look at.
        int gatedLayers = _description.GatedLayers.Count;
        long text = batch.PaddedTextRows ?? rows;
        long gated = (e * GatedLayers.NumbersKept(_description, rows, text, batch.Images)) + _weights.CastsOfGatedLayer;
        long backwardGated = e * GatedLayers.NumbersInPass(_description, rows);
        long inputs = Images(batch) + (e * GatedLayers.MediaNumbers(_description, batch.Images));

        // Two float32 gradients of logits; or logits in both types beside the probabilities.
        long atLoss = 2 * Math.Max(e, Wide) * logits;

        // Gradients inside the MLP, and of the stream.
        long backward = e * rows * ((3 * inner) + (2 * width));
        if (!isCheckpointed)
        {
            long keptOfLayers = ((layers - 1) * layer) + (gatedLayers * gated) + inputs;
            long kept = keptOfLayers + lastLayer + head;
            return (kept, Most(kept + atLoss, keptOfLayers + Math.Max(backward, backwardGated), VisionPass(batch)));
        }

        long stream = ((layers + gatedLayers) * e * rows * width) + inputs;
        long keptInputs = stream + head;
        long last = stream + lastLayer + (e * wanted * ((3 * inner) + (2 * width)));
        long recomputed = layers == 1 ? last : Math.Max(last, stream - (e * rows * width) + layer + backward);
        long recomputedGated = gatedLayers == 0 ? 0 : stream + gated + backwardGated;
        return (keptInputs, Most(keptInputs + atLoss, recomputed, recomputedGated, VisionPass(batch)));
    }

    // The tower and the head over it, where no text is learned; and gradients inside a layer.
    private (long Kept, long Peak) HiddenBlocks(BatchShape batch)
    {
        var vision = (ClipVisionConfig)_description.Vision;
        long kept = _e * batch.Images * (vision.NumbersKept + HiddenBlockHead.NumbersKept(vision));
        return (kept, kept + (_e * batch.Images * vision.NumbersInPass));
    }

    // Queries, keys, values and results; of softmaxes one number a row and head.
    private long Attention(BatchShape batch)
    {
        long e = IsWidened ? Wide : _e;
        long text = batch.PaddedTextRows ?? batch.TextRows, images = batch.PaddedImageRows ?? batch.ImageRows;
        long both = text + images;
        long seen = batch.ImageRows == 0 ? 0 : Queries;
        long mmca = (e * ((text * ((2 * Queries) + seen + (2 * Keys))) + (images * 2 * Keys)))
            + (Wide * _language.Heads * text * (seen == 0 ? 1 : 2));

        // All rows once more in reading order, with queries and results of those that need them.
        long ordered = batch.ImageRows == 0 ? 0 : both;
        long asked = batch.PaddedTextRows is null ? images : ordered;
        return _description.Attention switch
        {
            AttentionMode.Causal or AttentionMode.CraCa =>
                both * ((e * 2 * (Queries + Keys)) + (Wide * _language.Heads)),
            AttentionMode.Mmca => mmca,
            AttentionMode.CraCaMask =>
                (e * ((text * 2 * Queries) + (both * 2 * Keys))) + (Wide * _language.Heads * text),
            AttentionMode.CausalTwoSoftmaxes => mmca
                + (e * ((asked * 2 * Queries) + (ordered * 2 * Keys)))
                + (Wide * _language.Heads * asked),
            _ => both * ((e * ((3 * Queries) + (2 * Keys))) + (Wide * 2 * _language.Heads)),
        };
    }

    // What the projection and the tower keep, where they are trained.
    private long Images(BatchShape batch)
    {
        if (batch.Images == 0)
            return 0;
        bool isTowerTrained = _description.Trainable.HasFlag(ModelPart.Vision);
        long tower = isTowerTrained
            ? (_e * batch.Images * _description.Vision.NumbersKept) + _weights.CastsOfTower
            : 0;
        bool isKept = isTowerTrained || _description.Trainable.HasFlag(ModelPart.Projection);
        long projection = isKept
            ? (_e * ProjectionNumbers(batch.Images)) + _weights.CastsOfProjection
            : 0;
        return tower + projection;
    }

    private long ProjectionNumbers(long images) => _description.IsResampled
        ? LatentResampler.NumbersKept(
            _description.CrossAttention, _description.MediaWidth, _description.Vision.VisualTokens, images)
        : VisualProjection.NumbersKept(_description, images);

    private static long Most(params ReadOnlySpan<long> bytes)
    {
        long most = 0;
        foreach (long one in bytes)
            most = Math.Max(most, one);
        return most;
    }
}
