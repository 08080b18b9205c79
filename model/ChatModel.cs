using TorchSharp;
using VisualChat.Model.Attention;
using VisualChat.Model.Errors;
using VisualChat.Model.Language;
using VisualChat.Model.Native;
using VisualChat.Model.Parameters;
using VisualChat.Model.Projection;
using VisualChat.Model.Vision;
using static TorchSharp.torch;

namespace VisualChat.Model;

/// <summary>
/// The whole model: CLIP's features of each image, projected to the decoder's width, take the place of the image's id among the embedded
/// text, in reading order, and the decoder reads on from there (arXiv 2309.14327).
/// </summary>
/// <remarks>Not for use by several threads at once. A frozen tower is run without keeping anything for gradients.</remarks>
public sealed class ChatModel : IDisposable
{
    private readonly Device _device;
    private readonly ClipVisionTower _tower;
    private readonly BaselineProjection _projection;
    private readonly Tensor _embedding;

    private ChatModel(ModelDescription description, Device device, ParameterSet parameters)
    {
        Description = description;
        _device = device;
        Parameters = parameters;
        _tower = new ClipVisionTower(parameters, description.Vision);
        _projection = new BaselineProjection(parameters);
        Decoder = new LlamaDecoder(parameters, description.Language, description.Attention);
        _embedding = parameters[LlamaParameters.Embedding];
    }

    /// <summary>What the model was made from.</summary>
    public ModelDescription Description { get; }

    /// <summary>The model's tensors.</summary>
    public ParameterSet Parameters { get; }

    internal LlamaDecoder Decoder { get; }

    /// <summary>Makes a model.</summary>
    /// <exception cref="ModelException">A folder does not hold what the description asks for: every tensor that is missing, unexpected or of another shape is named.</exception>
    public static ChatModel Create(ModelDescription description)
    {
        ArgumentNullException.ThrowIfNull(description);
        TorchNatives.EnsureLoadable();
        Device device = DeviceOf(description.Device);
        return new ChatModel(description, device, ParameterLoader.Load(description, device));
    }

    /// <summary>The loss of a batch: of each labelled token after the one before it.</summary>
    /// <param name="samples">The samples; they are packed, so a long one costs a short one nothing.</param>
    /// <param name="pixels">[images, 3, S, S] The samples' images one after the other, as <see cref="ClipNormalization"/> makes them; null without images.</param>
    /// <param name="activationCheckpointing">Whether the decoder's layers keep their inputs alone and compute themselves again for their gradients.</param>
    /// <exception cref="ArgumentException">Ids, labels and images do not go together.</exception>
    public BatchLoss Loss(IReadOnlyList<ModelSample> samples, Tensor? pixels, bool activationCheckpointing = false)
    {
        ArgumentNullException.ThrowIfNull(samples);
        ActivationCheckpointing? checkpointing = activationCheckpointing ? new ActivationCheckpointing() : null;
        using DisposeScope scope = NewDisposeScope();
        (Tensor logits_MV, Tensor labels_M) = LabelledLogits(samples, pixels, checkpointing);
        Tensor sum = nn.functional.cross_entropy(logits_MV, labels_M, reduction: nn.Reduction.Sum);
        return new BatchLoss(sum.DetachFromDisposeScope(), (int)labels_M.shape[0], checkpointing);
    }

    /// <summary>The loss of a micro-batch, to be learned from.</summary>
    /// <inheritdoc cref="Loss(IReadOnlyList{ModelSample}, Tensor?, bool)"/>
    public BatchLoss Loss(MicroBatch batch, bool activationCheckpointing = false)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using DisposeScope scope = NewDisposeScope();
        return Loss(batch.Samples, batch.PixelTensor(Description.Vision.ImageSize), activationCheckpointing);
    }

    /// <summary>Each sample's loss, and nothing kept for gradients.</summary>
    /// <exception cref="ArgumentException">Ids, labels and images do not go together.</exception>
    public IReadOnlyList<SampleLoss> Evaluate(MicroBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var losses = new SampleLoss[batch.Samples.Count];
        ReadOnlySpan<double> tokenLosses = batch.LabelTokens == 0 ? [] : TokenLosses(batch);
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
    /// <param name="pixels">As for <see cref="Loss(IReadOnlyList{ModelSample}, Tensor?, bool)"/>.</param>
    /// <param name="wanted">[M] Positions of the batch, visual tokens counted, in reading order, sample after sample.</param>
    /// <returns>[M, vocabulary]</returns>
    /// <exception cref="ArgumentException">Ids and images do not go together.</exception>
    public Tensor Logits(IReadOnlyList<ReadOnlyMemory<int>> samples, Tensor? pixels, IReadOnlyList<int> wanted) => Logits(samples, pixels, wanted, checkpointing: null);

    /// <summary>The same model, weights and all, whose gradients are its own.</summary>
    internal ChatModel Replica() => new(Description, _device, Parameters.Replica());

    /// <inheritdoc/>
    public void Dispose() => Parameters.Dispose();

    private static Device DeviceOf(string name)
    {
        if (name is not "cpu" && name is not "cuda" && !(name.StartsWith("cuda:", StringComparison.Ordinal) && uint.TryParse(name["cuda:".Length..], out _)))
            throw new ModelException($"There is no device '{name}'; there are cpu, cuda and cuda:N.");
        if (name is not "cpu" && !cuda.is_available())
            throw new ModelException($"The device '{name}' is not there: libtorch sees no GPU. Use cpu, a build with TorchBackend=cuda, or {TorchNatives.FolderVariable}=FOLDER of a libtorch with CUDA.");
        return device(name);
    }

    private double[] TokenLosses(MicroBatch batch)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable frozen = no_grad();
        (Tensor logits_MV, Tensor labels_M) = LabelledLogits(batch.Samples, batch.PixelTensor(Description.Vision.ImageSize), checkpointing: null);
        return nn.functional.cross_entropy(logits_MV, labels_M, reduction: nn.Reduction.None).to(ScalarType.Float64).cpu().data<double>().ToArray();
    }

    // [M, V] logits of the labelled tokens, wide enough to add up, and [M] their labels.
    private (Tensor Logits, Tensor Labels) LabelledLogits(IReadOnlyList<ModelSample> samples, Tensor? pixels, ActivationCheckpointing? checkpointing)
    {
        List<int> wanted = [];
        List<long> labels = [];
        int place = 0;
        foreach (ModelSample sample in samples)
        {
            if (sample.InputIds.Length != sample.Labels.Length)
                throw new ArgumentException($"A sample of {sample.InputIds.Length} ids has {sample.Labels.Length} labels.", nameof(samples));
            int next = 0;
            foreach (int learned in sample.Learned)
            {
                for (; next < learned; next++)
                    place += PositionsOf(sample.InputIds.Span[next]);
                wanted.Add(place - 1);
                labels.Add(sample.Labels.Span[learned]);
            }

            for (; next < sample.InputIds.Length; next++)
                place += PositionsOf(sample.InputIds.Span[next]);
        }

        Tensor logits_MV = Logits([.. samples.Select(sample => sample.InputIds)], pixels, wanted, checkpointing);
        Tensor wide_MV = logits_MV.dtype is ScalarType.Float64 ? logits_MV : logits_MV.to(ScalarType.Float32);
        return (wide_MV, tensor(labels.ToArray(), [labels.Count], device: _device));
    }

    private int PositionsOf(int id) => id == Description.ImageToken ? Description.Vision.VisualTokens : 1;

    private Tensor Logits(IReadOnlyList<ReadOnlyMemory<int>> samples, Tensor? pixels, IReadOnlyList<int> wanted, ActivationCheckpointing? checkpointing)
    {
        using DisposeScope scope = NewDisposeScope();
        (InterleavedLayout layout, long[] ids) = Interleave(samples, pixels);
        return Decoder.Logits(Embed(ids), pixels is null ? null : VisualTokens(pixels), layout, wanted, checkpointing).MoveToOuterDisposeScope();
    }

    // [T, H]
    internal Tensor Embed(long[] textIds) => _embedding.index_select(0, tensor(textIds, [textIds.Length], device: _device)).to(Description.ComputeType);

    // [images * P, H]
    internal Tensor VisualTokens(Tensor pixels)
    {
        Tensor input = pixels.to(Description.ComputeType, _device);
        Tensor features;
        if (Description.Trainable.HasFlag(ModelPart.Vision))
            features = _tower.Features(input);
        else
            using (no_grad())
                features = _tower.Features(input);
        return _projection.Apply(features).flatten(0, 1);
    }

    internal (InterleavedLayout Layout, long[] TextIds) Interleave(IReadOnlyList<ReadOnlyMemory<int>> samples, Tensor? pixels)
    {
        (InterleavedLayout layout, long[] textIds, int images) = Interleave(samples);
        if (images != (pixels?.shape[0] ?? 0))
            throw new ArgumentException($"The samples show {images} images, and {pixels?.shape[0] ?? 0} are given.", nameof(pixels));
        return (layout, textIds);
    }

    internal (InterleavedLayout Layout, long[] TextIds, int Images) Interleave(IReadOnlyList<ReadOnlyMemory<int>> samples)
    {
        var runs = new List<Run>[samples.Count];
        List<long> ids = [];
        int images = 0;
        for (int sample = 0; sample < samples.Count; sample++)
        {
            runs[sample] = [];
            foreach (int id in samples[sample].Span)
            {
                if (id != Description.ImageToken && (id < 0 || id >= Description.VocabularySize))
                    throw new ArgumentException($"{id} is no id of a vocabulary of {Description.VocabularySize}.", nameof(samples));
                if (id == Description.ImageToken)
                {
                    runs[sample].Add(Run.Image(Description.Vision.VisualTokens));
                    images++;
                    continue;
                }

                runs[sample].Add(Run.Text(1));
                ids.Add(id);
            }
        }

        return (InterleavedLayout.Of(runs), [.. ids], images);
    }
}
