using TorchSharp;
using VisualChat.Model.Attention;
using VisualChat.Model.CrossAttention;
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
/// (arXiv 2309.14327). Under <see cref="AttentionMode.CraCa"/> the id stays, and the decoder looks
/// at the visual tokens through layers between its own.
/// </summary>
/// <remarks>
/// Not for use by several threads at once, but for <see cref="Prepare"/>. A frozen tower keeps
/// nothing for a backward pass.
/// </remarks>
public sealed class ChatModel : IDisposable
{
    private const string WeightsAdvice =
        "The model's weights do not fit. Free memory there, compute on another device, or in 16 bits.";

    private readonly PixelTable _pixels;
    private readonly VisionTower? _tower;
    private readonly VisualProjection _projection;
    private readonly HiddenBlockHead? _hiddenBlocks;
    private readonly Tensor _embedding;

    private ChatModel(ModelDescription description, Device device, ParameterSet parameters)
    {
        Description = description;
        Transfers = new DeviceTransfers(device);
        Parameters = parameters;
        _pixels = new PixelTable(device, description.ComputeType);
        _tower = description.TakesFeatures ? null : description.Vision.Tower(parameters);
        _hiddenBlocks = description.HiddenBlock is { } block
            ? new HiddenBlockHead(parameters, _tower!, (ClipVisionConfig)description.Vision, block)
            : null;
        _projection = description.IsResampled
            ? new LatentResampler(parameters, description.CrossAttention.Depth, description.Vision)
            : VisualProjection.Of(description.Projection, description.Vision, parameters);
        var gated = GatedLayers.Of(description, parameters);
        Decoder = new LlamaDecoder(parameters, description.Language, description.Attention, gated)
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
        if (description.TakesFeatures && description.Trainable.HasFlag(ModelPart.Vision))
            throw new ArgumentException("A tower that is trained takes pixels, not features.", nameof(description));
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
    /// Plans a micro-batch and lays it out in memory to upload from. Any thread may do it, while
    /// another one uses the model.
    /// </summary>
    /// <exception cref="ArgumentException">
    /// Ids, labels and images do not match, or hidden blocks and images.
    /// </exception>
    internal PreparedBatch Prepare(MicroBatch batch) =>
        _hiddenBlocks is null ? PrepareText(batch) : PrepareImages(batch);

    /// <summary>
    /// The loss of a batch: of each labelled token, given what precedes it, or of each hidden block
    /// of its images. Keeps what the backward pass needs. The samples are packed, so a long one
    /// costs a short one nothing.
    /// </summary>
    /// <param name="batch">
    /// The samples, prepared by this model or one that it is a replica of. It may be disposed of
    /// afterwards.
    /// </param>
    /// <param name="activationCheckpointing">
    /// Whether the decoder's layers keep only their inputs and recompute the rest.
    /// </param>
    internal BatchLoss Loss(PreparedBatch batch, bool activationCheckpointing = false)
    {
        ActivationCheckpointing? checkpointing = activationCheckpointing ? new ActivationCheckpointing() : null;
        using DisposeScope scope = NewDisposeScope();
        if (batch.HiddenBlocks is { } hidden)
        {
            Tensor losses = HiddenBlockLosses(batch, hidden).sum();
            return new BatchLoss(losses.DetachFromDisposeScope(), hidden.Length, null, Parameters.Lent.Failures);
        }

        (Tensor logits_MV, Tensor labels_M) = LabelledLogits(batch, checkpointing);
        Tensor sum = nn.functional.cross_entropy(logits_MV, labels_M, reduction: nn.Reduction.Sum);
        return new BatchLoss(
            sum.DetachFromDisposeScope(), (int)labels_M.shape[0], checkpointing, Parameters.Lent.Failures);
    }

    /// <summary>Each sample's loss, batch by batch. Keeps nothing for a backward pass.</summary>
    /// <remarks>
    /// A batch's losses come when the next batch has been launched, so that the device never waits:
    /// two batches are taken ahead of those whose losses have come. One read for each.
    /// </remarks>
    /// <exception cref="ArgumentException">Ids, labels and images do not match.</exception>
    /// <exception cref="DeviceMemoryException">A batch does not fit.</exception>
    public IEnumerable<IReadOnlyList<SampleLoss>> Evaluate(IEnumerable<MicroBatch> batches)
    {
        ArgumentNullException.ThrowIfNull(batches);
        return EvaluateAhead(batches);
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
        SentNumbers sent = numbers.Send(Transfers);
        return Logits(textIds, plan, sent, VisualTokens(images), checkpointing).MoveToOuterDisposeScope();
    }

    /// <summary>The same model in the same memory, with gradients of its own.</summary>
    internal ChatModel Replica() => new(Description, Transfers.Device, Parameters.Replica());

    /// <summary>Frees the weights.</summary>
    public void Dispose()
    {
        _tower?.Dispose();
        Parameters.Dispose();
        _pixels.Dispose();
    }

    /// <summary>
    /// The next token's logits after the last position of a conversation that continues.
    /// </summary>
    /// <param name="added">The new text, and where each new row stands among the new ones.</param>
    /// <param name="images">[I, H] The new visual tokens; null if there are none.</param>
    /// <param name="cache">Has the positions before; receives the new ones.</param>
    /// <returns>[V]</returns>
    internal Tensor Continue(InterleavedIds added, Tensor? images, KeyValueCache cache)
    {
        using DisposeScope scope = NewDisposeScope();
        var numbers = new PackedNumbers();
        NumberRange ids = numbers.Add(added.TextIds);
        int[] last = [added.Layout.Positions - 1];
        DecoderPlan plan = Decoder.Plan(added.Layout, last, (int)cache.Positions, numbers, added.Media);
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
        using Tensor? pixels = HostPixelsOf(images);
        return VisualTokens(pixels);
    }

    /// <summary>
    /// The samples' positions, where an image takes its visual tokens' or its id's alone, and the
    /// ids of the text among them.
    /// </summary>
    /// <param name="samples">Each sample's ids.</param>
    /// <param name="images">Images that are given.</param>
    /// <exception cref="ArgumentException">
    /// An id is not in the vocabulary, or the samples show another number of images.
    /// </exception>
    internal InterleavedIds Interleave(IReadOnlyList<ReadOnlyMemory<int>> samples, int images)
    {
        InterleavedIds ids = InterleavedIds.Of(Description, samples);
        return ids.Images == images
            ? ids
            : throw new ArgumentException(
                $"The samples show {ids.Images} images, and {images} are given.", nameof(images));
    }

    /// <summary>
    /// Computes a batch's features before anything else of it, where a frozen tower makes them.
    /// </summary>
    internal void EncodeAhead(PreparedBatch batch)
    {
        if (batch.Pixels is { } pixels && !Description.Trainable.HasFlag(ModelPart.Vision))
            batch.Encoded = Features(pixels).DetachFromDisposeScope();
    }

    private PreparedBatch PrepareText(MicroBatch batch)
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
            Plan([.. batch.Samples.Select(sample => sample.InputIds)], batch.ImageCount, wanted, numbers);
        return new PreparedBatch
        {
            Text = new PreparedText(plan, textIds, packedLabels),
            Pixels = HostPixelsOf(batch.Images),
            Features = HostFeatures(batch.Features),
            Numbers = numbers.OnHost(Transfers),
        };
    }

    private PreparedBatch PrepareImages(MicroBatch batch)
    {
        if (batch.Hidden is not { } hidden || hidden.Count != batch.Images.Count)
        {
            throw new ArgumentException(
                $"{batch.Images.Count} images have {batch.Hidden?.Count ?? 0} sets of hidden blocks.", nameof(batch));
        }

        int inImage = Description.BlocksOfImage;
        int[] blocks =
            [.. hidden.SelectMany((places, image) => places.ToArray().Select(place => Counted(place, image)))];
        var numbers = new PackedNumbers();
        return new PreparedBatch
        {
            HiddenBlocks = numbers.Add(blocks),
            Pixels = HostPixelsOf(batch.Images),
            Features = null,
            Numbers = numbers.OnHost(Transfers),
        };

        int Counted(int place, int image) => place >= 0 && place < inImage
            ? (image * inImage) + place
            : throw new ArgumentException($"{place} is no block of an image that has {inImage}.", nameof(batch));
    }

    private Tensor? HostPixelsOf(IReadOnlyList<ReadOnlyMemory<byte>> images) =>
        HostPixels.Of(images, Description.Vision.ImageSize, Transfers);

    // [images, P, F] in memory to upload from, which the caller owns; null without kept features.
    private Tensor? HostFeatures(IReadOnlyList<IImageFeatures>? images)
    {
        if (images is not { Count: > 0 })
            return null;
        long[] shape = [images.Count, Description.Vision.VisualTokens, Description.Vision.FeatureSize];
        Tensor features = Transfers.HostMemory(shape, Description.ComputeType);
        try
        {
            Span<byte> room = features.bytes;
            int bytes = Description.FeatureBytes;
            for (int image = 0; image < images.Count; image++)
                images[image].CopyTo(room.Slice(image * bytes, bytes));
            return features;
        }
        catch
        {
            features.Dispose();
            throw;
        }
    }

    // [images · P, H]; null without images.
    private Tensor? VisualTokens(PreparedBatch batch)
    {
        if (batch.Encoded is { } encoded)
            return VisualTokensOf(encoded);
        return batch.Features is { } kept ? VisualTokensOf(Transfers.Upload(kept)) : VisualTokens(batch.Pixels);
    }

    // [images · P, H] from [images, S, S, 3] of the host.
    private Tensor? VisualTokens(Tensor? pixels) => pixels is null ? null : VisualTokensOf(Features(pixels));

    private Tensor VisualTokensOf(Tensor features_BPF) => _projection.Apply(features_BPF).flatten(0, 1);

    private Tensor Features(Tensor pixels)
    {
        if (_tower is null)
            throw new ArgumentException("A model that takes features has no tower for pixels.", nameof(pixels));
        using DisposeScope scope = NewDisposeScope();
        Tensor pixels_B3SS = _pixels.Normalize(Transfers.Upload(pixels));
        Tensor features_BPF = Description.Trainable.HasFlag(ModelPart.Vision)
            ? _tower.Features(pixels_B3SS)
            : _tower.FrozenFeatures(pixels_B3SS);
        return features_BPF.MoveToOuterDisposeScope();
    }

    // No dispose scope is open while the caller works: scopes belong to threads.
    private IEnumerable<IReadOnlyList<SampleLoss>> EvaluateAhead(IEnumerable<MicroBatch> batches)
    {
        const int Ahead = 2;
        using var prepared = new PreparedBatches(this, Ahead);
        var taken = new Queue<MicroBatch>();
        (MicroBatch Batch, Tensor? Losses)? before = null, launched = null;
        try
        {
            using IEnumerator<MicroBatch> source = batches.GetEnumerator();
            while (true)
            {
                while (taken.Count < Ahead && source.MoveNext())
                {
                    taken.Enqueue(source.Current);
                    if (source.Current.LabelTokens > 0)
                        prepared.Add(source.Current);
                }

                (before, launched) = (launched, null);
                if (taken.TryDequeue(out MicroBatch? batch))
                    launched = (batch, batch.LabelTokens > 0 ? FittingTokenLosses(prepared) : null);
                if (before is { } done)
                {
                    using (done.Losses)
                        yield return LossesOf(done.Batch, done.Losses is null ? [] : Transfers.Read(done.Losses));
                }

                if (launched is null)
                    yield break;
            }
        }
        finally
        {
            before?.Losses?.Dispose();
            launched?.Losses?.Dispose();
        }
    }

    private Tensor FittingTokenLosses(PreparedBatches batches)
    {
        try
        {
            return TokenLosses(batches);
        }
        catch (Exception exception) when (DeviceMemoryException.Of(exception) is { } problem)
        {
            throw problem;
        }
    }

    // [2 M] of the oldest prepared batch, on the device, for one read: the losses, and 1 where the
    // label is the likeliest token.
    private Tensor TokenLosses(PreparedBatches batches)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable frozen = no_grad();
        using PreparedBatch batch = batches.Take();
        if (batch.HiddenBlocks is { } hidden)
        {
            Tensor losses_K = HiddenBlockLosses(batch, hidden);
            return cat([losses_K, zeros_like(losses_K)]).DetachFromDisposeScope();
        }

        (Tensor logits_MV, Tensor labels_M) = LabelledLogits(batch, checkpointing: null);
        Tensor losses_M = nn.functional.cross_entropy(logits_MV, labels_M, reduction: nn.Reduction.None);
        Tensor right_M = logits_MV.argmax(dim: 1).eq(labels_M).to(losses_M.dtype);
        return cat([losses_M, right_M]).DetachFromDisposeScope();
    }

    private static SampleLoss[] LossesOf(MicroBatch batch, ReadOnlySpan<double> tokenLosses)
    {
        ReadOnlySpan<double> right = tokenLosses[(tokenLosses.Length / 2)..];
        var losses = new SampleLoss[batch.Samples.Count];
        for (int index = 0, start = 0; index < losses.Length; index++)
        {
            int tokens = batch.LabelTokensOf(index);
            double sum = 0, rightTokens = 0;
            foreach (double loss in tokenLosses.Slice(start, tokens))
                sum += loss;
            foreach (double one in right.Slice(start, tokens))
                rightTokens += one;
            losses[index] = new SampleLoss(sum, tokens, (int)rightTokens);
            start += tokens;
        }

        return losses;
    }

    // [M, V] the logits before the labelled tokens, in a type wide enough to sum, and [M] the
    // labels.
    private (Tensor Logits, Tensor Labels) LabelledLogits(PreparedBatch batch, ActivationCheckpointing? checkpointing)
    {
        var sent = new SentNumbers(Transfers.Upload(batch.Numbers));
        PreparedText text = batch.Text!;
        Tensor logits_MV = Logits(text.Ids, text.Plan, sent, VisualTokens(batch), checkpointing);
        Tensor wide_MV = logits_MV.dtype is ScalarType.Float64 ? logits_MV : logits_MV.to(ScalarType.Float32);
        return (wide_MV, sent.Integers(text.Labels));
    }

    // [K]
    private Tensor HiddenBlockLosses(PreparedBatch batch, NumberRange hidden)
    {
        var sent = new SentNumbers(Transfers.Upload(batch.Numbers));
        Tensor pixels_B3SS = _pixels.Normalize(Transfers.Upload(batch.Pixels!));
        return _hiddenBlocks!.Losses(pixels_B3SS, sent.Integers(hidden));
    }

    private (NumberRange TextIds, DecoderPlan Plan) Plan(
        IReadOnlyList<ReadOnlyMemory<int>> samples, int images, IReadOnlyList<int> wanted, PackedNumbers numbers)
    {
        InterleavedIds ids = Interleave(samples, images);
        NumberRange textIds = numbers.Add(ids.TextIds);
        return (textIds, Decoder.Plan(ids.Layout, wanted, cachedPositions: 0, numbers, ids.Media));
    }

    private Tensor Logits(
        NumberRange textIds,
        DecoderPlan plan,
        SentNumbers sent,
        Tensor? images_IH,
        ActivationCheckpointing? checkpointing) =>
        Decoder.Logits(Embed(sent.Integers(textIds)), images_IH, plan, sent, checkpointing);

    // [T, H] from [T]
    private Tensor Embed(Tensor ids_T) => _embedding.index_select(0, ids_T).to(Description.ComputeType);

    private int PositionsOf(ReadOnlySpan<int> ids)
    {
        int images = ids.Count(Description.ImageToken);
        return ids.Length - images + (images * Description.ImagePositions);
    }
}
