using TorchSharp;
using VisualChat.Model.Attention;
using VisualChat.Model.Errors;
using VisualChat.Model.Language;
using VisualChat.Model.Native;
using VisualChat.Model.Parameters;
using VisualChat.Model.Projection;
using VisualChat.Model.Transfers;
using VisualChat.Model.Vision;
using static TorchSharp.torch;

namespace VisualChat.Model;

// T text rows, P visual tokens of an image, M labelled or wanted positions, S pixels a side, H
// hidden size, V vocabulary.

/// <summary>
/// The whole model. CLIP's features of each image are projected to the decoder's width and take the
/// place of the image's id among the embedded text, in reading order; the decoder reads the result
/// (arXiv 2309.14327).
/// </summary>
/// <remarks>
/// Not for use by several threads at once. A frozen tower keeps nothing for a backward pass.
/// </remarks>
public sealed class ChatModel : IDisposable
{
    private const string WeightsAdvice =
        "The model's weights do not fit. Free memory there, compute on another device, or in 16 bits.";

    private readonly PixelTable _pixels;
    private readonly VisionTower _tower;
    private readonly BaselineProjection _projection;
    private readonly Tensor _embedding;

    private ChatModel(ModelDescription description, Device device, ParameterSet parameters)
    {
        Description = description;
        Transfers = new DeviceTransfers(device);
        Parameters = parameters;
        _pixels = new PixelTable(device, description.ComputeType);
        _tower = description.Vision.Tower(parameters);
        _projection = new BaselineProjection(parameters);
        Decoder = new LlamaDecoder(parameters, description.Language, description.Attention)
        {
            IsPadded = description.PadsAttention ?? device.type != DeviceType.CPU,
        };
        _embedding = parameters[LlamaParameters.Embedding];
    }

    /// <summary>What the model was made from.</summary>
    public ModelDescription Description { get; }

    /// <summary>
    /// A sentence for each folder that holds more than its tower: how many tensors of other parts
    /// of a whole model were not used.
    /// </summary>
    public IReadOnlyList<string> PassedOver => Parameters.PassedOver;

    internal ParameterSet Parameters { get; }

    internal LlamaDecoder Decoder { get; }

    /// <summary>All copies to and from the model's device go through here.</summary>
    internal DeviceTransfers Transfers { get; }

    /// <summary>Makes a model.</summary>
    /// <exception cref="ModelException">
    /// The device or libtorch is not there, or a folder does not hold what the description asks
    /// for. Every tensor that is missing, unexpected or of another shape is named.
    /// </exception>
    /// <exception cref="DeviceMemoryException">The weights do not fit.</exception>
    public static ChatModel Create(ModelDescription description)
    {
        ArgumentNullException.ThrowIfNull(description);
        TorchNatives.EnsureLoadable();
        Device device = ComputeDevice.Named(description.Device, static () => cuda.device_count());
        try
        {
            ParameterSet parameters = ParameterLoader.Load(description.ParameterRequest(), device);
            return new ChatModel(description, device, parameters);
        }
        catch (Exception exception) when (DeviceMemoryException.Of(exception, WeightsAdvice) is { } problem)
        {
            throw problem;
        }
    }

    /// <summary>
    /// The loss of a batch: of each labelled token, given what precedes it. Keeps what the backward
    /// pass needs.
    /// </summary>
    /// <param name="batch">
    /// The samples. They are packed, so a long one costs a short one nothing.
    /// </param>
    /// <param name="activationCheckpointing">
    /// Whether the decoder's layers keep only their inputs and recompute the rest.
    /// </param>
    /// <exception cref="ArgumentException">Ids, labels and images do not match.</exception>
    internal BatchLoss Loss(MicroBatch batch, bool activationCheckpointing = false)
    {
        ActivationCheckpointing? checkpointing = activationCheckpointing ? new ActivationCheckpointing() : null;
        using DisposeScope scope = NewDisposeScope();
        (Tensor logits_MV, Tensor labels_M) = LabelledLogits(batch, checkpointing);
        Tensor sum = nn.functional.cross_entropy(logits_MV, labels_M, reduction: nn.Reduction.Sum);
        return new BatchLoss(sum.DetachFromDisposeScope(), (int)labels_M.shape[0], checkpointing);
    }

    /// <summary>Each sample's loss. Keeps nothing for a backward pass.</summary>
    /// <exception cref="ArgumentException">Ids, labels and images do not match.</exception>
    /// <exception cref="DeviceMemoryException">The batch does not fit.</exception>
    public IReadOnlyList<SampleLoss> Evaluate(MicroBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var losses = new SampleLoss[batch.Samples.Count];
        ReadOnlySpan<double> tokenLosses = batch.LabelTokens == 0 ? [] : FittingTokenLosses(batch);
        for (int index = 0, start = 0; index < losses.Length; index++)
        {
            int tokens = batch.Samples[index].LabelTokens;
            double sum = 0;
            foreach (double loss in tokenLosses.Slice(start, tokens))
                sum += loss;
            losses[index] = new SampleLoss(sum, tokens);
            start += tokens;
        }

        return losses;
    }

    /// <summary>The next token's logits after chosen positions.</summary>
    /// <param name="samples">Each sample's ids.</param>
    /// <param name="images">As <see cref="MicroBatch.Images"/>.</param>
    /// <param name="wanted">
    /// [M] Positions of the batch in reading order, sample after sample. Visual tokens count.
    /// </param>
    /// <param name="checkpointing">Null: the decoder's layers keep their activations.</param>
    /// <returns>[M, V]</returns>
    /// <exception cref="ArgumentException">Ids and images do not match.</exception>
    internal Tensor Logits(
        IReadOnlyList<ReadOnlyMemory<int>> samples,
        IReadOnlyList<ReadOnlyMemory<byte>> images,
        IReadOnlyList<int> wanted,
        ActivationCheckpointing? checkpointing = null)
    {
        using DisposeScope scope = NewDisposeScope();
        var numbers = new PackedNumbers();
        (NumberRange textIds, DecoderPlan plan) = Plan(samples, images.Count, wanted, numbers);
        return Logits(textIds, plan, numbers.Send(Transfers), images, checkpointing).MoveToOuterDisposeScope();
    }

    /// <summary>The same model in the same memory, with gradients of its own.</summary>
    internal ChatModel Replica() => new(Description, Transfers.Device, Parameters.Replica());

    /// <summary>Frees the weights.</summary>
    public void Dispose()
    {
        _tower.Dispose();
        Parameters.Dispose();
        _pixels.Dispose();
    }

    /// <summary>
    /// The next token's logits after the last position of a conversation that continues.
    /// </summary>
    /// <param name="textIds">Ids of the new text, as the layout packs it.</param>
    /// <param name="images">[I, H] The new visual tokens; null if there are none.</param>
    /// <param name="layout">Where each new row stands among the new ones.</param>
    /// <param name="cache">Has the positions before; receives the new ones.</param>
    /// <returns>[V]</returns>
    internal Tensor Continue(long[] textIds, Tensor? images, InterleavedLayout layout, KeyValueCache cache)
    {
        using DisposeScope scope = NewDisposeScope();
        var numbers = new PackedNumbers();
        NumberRange ids = numbers.Add(textIds);
        DecoderPlan plan = Decoder.Plan(layout, [layout.Positions - 1], (int)cache.Positions, numbers);
        SentNumbers sent = numbers.Send(Transfers);
        Tensor logits_1V = Decoder.Continue(Embed(sent.Integers(ids)), images, plan, sent, cache);
        return logits_1V.squeeze(0).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The same after one text id. Nothing is sent: the id chooses a view of the embedding table.
    /// </summary>
    /// <param name="textId">An id of the vocabulary.</param>
    /// <param name="cache">Has the positions before, at least one; receives the new one.</param>
    /// <returns>[V]</returns>
    internal Tensor Continue(int textId, KeyValueCache cache)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor text_1H = _embedding.narrow(0, textId, 1).to(Description.ComputeType);
        return Decoder.Continue(text_1H, cache).squeeze(0).MoveToOuterDisposeScope();
    }

    /// <summary>[images · P, H] of crops; null without any.</summary>
    /// <param name="images">As <see cref="MicroBatch.Images"/>.</param>
    /// <exception cref="ArgumentException">An image has another size.</exception>
    internal Tensor? VisualTokens(IReadOnlyList<ReadOnlyMemory<byte>> images)
    {
        if (images.Count == 0)
            return null;
        Tensor pixels_B3SS = _pixels.Normalize(Transfers.Upload(HostPixels(images)));
        return _projection.Apply(Features(pixels_B3SS)).flatten(0, 1);
    }

    /// <summary>
    /// The samples' positions, where an image takes its visual tokens', and the ids of the text
    /// among them.
    /// </summary>
    /// <param name="samples">Each sample's ids.</param>
    /// <param name="images">Images that are given.</param>
    /// <exception cref="ArgumentException">
    /// An id is not in the vocabulary, or the samples show another number of images.
    /// </exception>
    internal (InterleavedLayout Layout, long[] TextIds) Interleave(
        IReadOnlyList<ReadOnlyMemory<int>> samples, int images)
    {
        var runs = new List<Run>[samples.Count];
        List<long> textIds = [];
        int shown = 0;
        for (int sample = 0; sample < samples.Count; sample++)
        {
            runs[sample] = [];
            foreach (int id in samples[sample].Span)
            {
                if (id == Description.ImageToken)
                {
                    runs[sample].Add(Run.Image(Description.Vision.VisualTokens));
                    shown++;
                    continue;
                }

                if (id < 0 || id >= Description.VocabularySize)
                {
                    throw new ArgumentException(
                        $"{id} is not an id of a vocabulary of {Description.VocabularySize}.", nameof(samples));
                }

                runs[sample].Add(Run.Text(1));
                textIds.Add(id);
            }
        }

        if (shown != images)
        {
            throw new ArgumentException(
                $"The samples show {shown} images, and {images} are given.", nameof(images));
        }

        return (InterleavedLayout.Of(runs), [.. textIds]);
    }

    // [images, S, S, 3]
    private Tensor HostPixels(IReadOnlyList<ReadOnlyMemory<byte>> images)
    {
        int side = Description.Vision.ImageSize, bytes = side * side * ClipNormalization.Channels;
        Tensor pixels = empty([images.Count, side, side, ClipNormalization.Channels], dtype: ScalarType.Byte);
        Span<byte> room = pixels.bytes;
        for (int image = 0; image < images.Count; image++)
        {
            if (images[image].Length != bytes)
            {
                throw new ArgumentException(
                    $"An image of {images[image].Length} bytes is not [{side}, {side}, {ClipNormalization.Channels}].",
                    nameof(images));
            }

            images[image].Span.CopyTo(room[(image * bytes)..]);
        }

        return pixels;
    }

    private Tensor Features(Tensor pixels)
    {
        if (Description.Trainable.HasFlag(ModelPart.Vision))
            return _tower.Features(pixels);
        using (no_grad())
            return _tower.Features(pixels);
    }

    private double[] FittingTokenLosses(MicroBatch batch)
    {
        try
        {
            return TokenLosses(batch);
        }
        catch (Exception exception) when (DeviceMemoryException.Of(exception) is { } problem)
        {
            throw problem;
        }
    }

    private double[] TokenLosses(MicroBatch batch)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable frozen = no_grad();
        (Tensor logits_MV, Tensor labels_M) = LabelledLogits(batch, checkpointing: null);
        Tensor losses_M = nn.functional.cross_entropy(logits_MV, labels_M, reduction: nn.Reduction.None);
        return Transfers.Read(losses_M);
    }

    // [M, V] the logits before the labelled tokens, in a type wide enough to sum, and [M] the
    // labels.
    private (Tensor Logits, Tensor Labels) LabelledLogits(MicroBatch batch, ActivationCheckpointing? checkpointing)
    {
        List<int> wanted = [];
        List<long> labels = [];
        int position = 0;
        foreach (ModelSample sample in batch.Samples)
        {
            if (sample.InputIds.Length != sample.Labels.Length)
            {
                throw new ArgumentException(
                    $"A sample of {sample.InputIds.Length} ids has {sample.Labels.Length} labels.", nameof(batch));
            }

            int next = 0;
            foreach (int labelled in sample.LabelledIndexes)
            {
                position += PositionsOf(sample.InputIds.Span[next..labelled]);
                next = labelled;
                wanted.Add(position - 1);
                labels.Add(sample.Labels.Span[labelled]);
            }

            position += PositionsOf(sample.InputIds.Span[next..]);
        }

        var numbers = new PackedNumbers();
        NumberRange packedLabels = numbers.Add(labels.ToArray());
        (NumberRange textIds, DecoderPlan plan) =
            Plan([.. batch.Samples.Select(sample => sample.InputIds)], batch.Images.Count, wanted, numbers);
        SentNumbers sent = numbers.Send(Transfers);
        Tensor logits_MV = Logits(textIds, plan, sent, batch.Images, checkpointing);
        Tensor wide_MV = logits_MV.dtype is ScalarType.Float64 ? logits_MV : logits_MV.to(ScalarType.Float32);
        return (wide_MV, sent.Integers(packedLabels));
    }

    private (NumberRange TextIds, DecoderPlan Plan) Plan(
        IReadOnlyList<ReadOnlyMemory<int>> samples, int images, IReadOnlyList<int> wanted, PackedNumbers numbers)
    {
        (InterleavedLayout layout, long[] textIds) = Interleave(samples, images);
        return (numbers.Add(textIds), Decoder.Plan(layout, wanted, cachedPositions: 0, numbers));
    }

    private Tensor Logits(
        NumberRange textIds,
        DecoderPlan plan,
        SentNumbers sent,
        IReadOnlyList<ReadOnlyMemory<byte>> images,
        ActivationCheckpointing? checkpointing) =>
        Decoder.Logits(Embed(sent.Integers(textIds)), VisualTokens(images), plan, sent, checkpointing);

    // [T, H] from [T]
    private Tensor Embed(Tensor ids_T) => _embedding.index_select(0, ids_T).to(Description.ComputeType);

    private int PositionsOf(ReadOnlySpan<int> ids)
    {
        int images = ids.Count(Description.ImageToken);
        return ids.Length - images + (images * Description.Vision.VisualTokens);
    }
}
