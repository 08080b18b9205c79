using VisualChat.Model.Attention;
using VisualChat.Model.Language;
using VisualChat.Model.Parameters;
using VisualChat.Model.Training;
using static TorchSharp.torch;

namespace VisualChat.Model.Memory;

// H hidden size, F the width inside the MLP.

/// <summary>
/// What a training or an evaluation takes of a device's memory, from the model's description alone.
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
/// between a GPU's blocks, CUDA's own half gigabyte, weights that a CPU casts at each use because
/// their files have another type than the model computes in.
/// </para>
/// </remarks>
public static class MemoryForecast
{
    // Bytes of a number that is summed or learned, unless the model computes in double.
    private const long Wide = 4;

    /// <summary>What an update takes.</summary>
    /// <param name="description">The model.</param>
    /// <param name="optimizer">How it learns.</param>
    /// <param name="batch">The largest micro-batch.</param>
    /// <param name="isCheckpointed">Whether layers recompute their activations.</param>
    public static MemoryNeed OfTraining(
        ModelDescription description, OptimizerKind optimizer, BatchShape batch, bool isCheckpointed)
    {
        ArgumentNullException.ThrowIfNull(description);
        ArgumentNullException.ThrowIfNull(batch);
        (long frozen, long trained, long largestGradient) = Weights(description, optimizer);
        (long kept, long peak) = Pass(description, batch, isCheckpointed);
        long replicas = Replicas.CountFor(description);
        long embedding = description.Trainable.HasFlag(ModelPart.Embeddings) ? largestGradient : 0;
        long temporary = Math.Max(peak, embedding) - kept;
        return new MemoryNeed(frozen, trained, replicas * kept, replicas * Math.Max(temporary, 0));
    }

    /// <summary>What a pass takes that keeps nothing for a backward pass.</summary>
    /// <param name="description">The model.</param>
    /// <param name="optimizer">
    /// How it learns, if moments are there beside the weights; null: they are not.
    /// </param>
    /// <param name="batch">The largest micro-batch.</param>
    public static MemoryNeed OfEvaluation(ModelDescription description, OptimizerKind? optimizer, BatchShape batch)
    {
        ArgumentNullException.ThrowIfNull(description);
        ArgumentNullException.ThrowIfNull(batch);
        (long frozen, long trained, _) = Weights(description, optimizer);
        LlamaConfig language = description.Language;
        long e = SizeOf(description.ComputeType);
        long layer = e * batch.Positions * ((4L * language.HiddenSize) + (4L * language.IntermediateSize));
        long logits = batch.LabelTokens * description.VocabularySize * (e + (3 * Wide));
        long vision = e * batch.Images * description.Vision.NumbersInPass;
        return new MemoryNeed(frozen, trained, 0, Math.Max(layer, Math.Max(logits, vision)));
    }

    private static (long Frozen, long Trained, long EmbeddingGradient) Weights(
        ModelDescription description, OptimizerKind? optimizer)
    {
        ParameterRequest request = description.ParameterRequest();
        bool isCpu = description.Device == "cpu";
        bool isMapped = request.Checkpoint is not null && request.CheckpointKind != CheckpointKind.Trained;
        long e = SizeOf(description.ComputeType), master = Math.Max(e, Wide);
        long frozen = 0, trained = 0, embedding = 0;
        foreach (ParameterSource source in request.Sources)
        {
            foreach (ParameterSpec spec in source.Specs)
            {
                long numbers = spec.Shape.Aggregate(1L, (product, size) => product * size);
                if (!description.Trainable.HasFlag(spec.Part))
                {
                    bool isView = isCpu && (isMapped || source.Folder is not null)
                        && (isMapped || spec.Rows is null || description.AddedTokens == 0);
                    frozen += isView ? 0 : e * numbers;
                    continue;
                }

                long moments = optimizer switch
                {
                    null => -1, // Nor is there a gradient.
                    OptimizerKind.Muon when Muon.Fits(spec) => 1,
                    _ => 2,
                };
                trained += master * numbers * (2 + moments);
                trained += optimizer is null ? 0 : master * numbers * (Replicas.CountFor(description) - 1);
                if (spec.Name == LlamaParameters.Embedding)
                    embedding = master * numbers;
            }
        }

        return (frozen, trained, embedding);
    }

    // What a pass keeps, and the most it has at once.
    private static (long Kept, long Peak) Pass(ModelDescription description, BatchShape batch, bool isCheckpointed)
    {
        LlamaConfig language = description.Language;
        long e = SizeOf(description.ComputeType);
        long rows = batch.Positions, wanted = batch.LabelTokens;
        long layers = language.Layers, width = language.HiddenSize, inner = language.IntermediateSize;

        // On a CPU 16 bits are normalised and attended to in float32 (RmsNorm, BlockAttention).
        long norm = IsWidened(description) ? Wide * width : e * width;
        bool isTrained = description.Trainable.HasFlag(ModelPart.Language);
        long attention = Attention(description, batch) + (isTrained ? e * rows * (width + QueriesOf(language)) : 0);
        long mlp = norm + (e * 3 * inner) + (isTrained ? e * (width + inner) : 0);
        long layer = (rows * (norm + mlp)) + attention;
        long lastLayer = (rows * norm) + attention + (wanted * mlp);
        long logits = wanted * description.VocabularySize;
        long probabilities = Math.Max(e, Wide) * logits;
        long head = (wanted * norm) + (isTrained ? e * wanted * width : 0) + probabilities;
        long inputs = Images(description, batch);

        // Two float32 gradients of logits; or logits in both types beside the probabilities.
        long atLoss = 2 * Math.Max(e, Wide) * logits;

        // Gradients inside the MLP, and of the stream.
        long backward = e * rows * ((3 * inner) + (2 * width));
        if (!isCheckpointed)
        {
            long keptOfLayers = ((layers - 1) * layer) + inputs;
            long kept = keptOfLayers + lastLayer + head;
            return (kept, Math.Max(kept + atLoss, keptOfLayers + backward));
        }

        long stream = (layers * e * rows * width) + inputs;
        long keptInputs = stream + head;
        long last = stream + lastLayer + (e * wanted * ((3 * inner) + (2 * width)));
        long recomputed = layers == 1 ? last : Math.Max(last, stream - (e * rows * width) + layer + backward);
        return (keptInputs, Math.Max(keptInputs + atLoss, recomputed));
    }

    // Queries, keys, values and results; of softmaxes one number a row and head.
    private static long Attention(ModelDescription description, BatchShape batch)
    {
        LlamaConfig language = description.Language;
        long e = IsWidened(description) ? Wide : SizeOf(description.ComputeType);
        long queries = QueriesOf(language), keys = (long)language.KeyValueHeads * language.HeadSize;
        long text = batch.PaddedTextRows ?? batch.TextRows, images = batch.PaddedImageRows ?? batch.ImageRows;
        long both = text + images;
        long seen = batch.ImageRows == 0 ? 0 : queries;
        return description.Attention switch
        {
            AttentionMode.Causal => both * ((e * 2 * (queries + keys)) + (Wide * language.Heads)),
            AttentionMode.Mmca =>
                (e * ((text * ((2 * queries) + seen + (2 * keys))) + (images * 2 * keys)))
                + (Wide * language.Heads * text * (seen == 0 ? 1 : 2)),
            _ => both * ((e * ((3 * queries) + (2 * keys))) + (Wide * 2 * language.Heads)),
        };
    }

    // What the projection keeps (its input, and its norm's), and the tower where it is trained.
    private static long Images(ModelDescription description, BatchShape batch)
    {
        long e = SizeOf(description.ComputeType);
        bool isTowerTrained = description.Trainable.HasFlag(ModelPart.Vision);
        long tower = isTowerTrained ? batch.Images * description.Vision.NumbersKept : 0;
        long projection = isTowerTrained || description.Trainable.HasFlag(ModelPart.Projection)
            ? batch.ImageRows * (description.Vision.FeatureSize + description.Language.HiddenSize)
            : 0;
        return e * (tower + projection);
    }

    private static long QueriesOf(LlamaConfig language) => (long)language.Heads * language.HeadSize;

    private static bool IsWidened(ModelDescription description) =>
        description.Device == "cpu" && SizeOf(description.ComputeType) < Wide;

    private static long SizeOf(ScalarType type) => type switch
    {
        ScalarType.Float64 => 8,
        ScalarType.Float32 => 4,
        _ => 2,
    };
}
