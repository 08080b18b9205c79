using VisualChat.Model.Attention;
using VisualChat.Model.CrossAttention;
using VisualChat.Model.Language;
using VisualChat.Model.Parameters;
using VisualChat.Model.Projection;
using VisualChat.Model.Quantisation;
using VisualChat.Model.TensorFiles;
using VisualChat.Model.Vision;
using static TorchSharp.torch;

namespace VisualChat.Model;

/// <summary>
/// Everything a model is made from: its sizes, where its weights come from, and what is trained.
/// </summary>
public sealed record ModelDescription
{
    /// <summary>The vision tower's sizes.</summary>
    public required VisionTowerConfig Vision { get; init; }

    /// <summary>
    /// A Hugging Face folder with the tower's weights, of a whole CLIP or the tower alone; null: a
    /// random start.
    /// </summary>
    public string? VisionFolder { get; init; }

    /// <summary>The decoder's sizes.</summary>
    public required LlamaConfig Language { get; init; }

    /// <summary>A Hugging Face folder with the decoder's weights; null: a random start.</summary>
    public string? LanguageFolder { get; init; }

    /// <summary>
    /// What an earlier training trained: a folder of tensors under the model's own names. It comes
    /// before the two Hugging Face folders.
    /// </summary>
    public string? Checkpoint { get; init; }

    /// <summary>What <see cref="Checkpoint"/> holds of the model.</summary>
    public CheckpointKind CheckpointKind { get; init; }

    /// <summary>
    /// What the checkpoint's training began with: a folder like <see cref="Checkpoint"/>, which
    /// comes before it.
    /// </summary>
    public string? Start { get; init; }

    /// <summary>
    /// What <see cref="Start"/> holds of the model. What <see cref="CheckpointKind.Whole"/> lacks
    /// is taken from the towers' folders.
    /// </summary>
    public CheckpointKind StartKind { get; init; }

    /// <summary>
    /// Rows of the embedding table and the head: the tokenizer's pieces and the tokens added to
    /// them. Rows of added tokens that a folder lacks start at random.
    /// </summary>
    public required int VocabularySize { get; init; }

    /// <summary>
    /// How many of the vocabulary's last tokens were added to the tokenizer's own pieces: those
    /// that a folder's tables may lack.
    /// </summary>
    public int AddedTokens { get; init; }

    /// <summary>The id that stands for one image's visual tokens.</summary>
    public required int ImageToken { get; init; }

    /// <summary>What maps the tower's features to the decoder's width.</summary>
    public ProjectionKind Projection { get; init; } = ProjectionKind.Baseline;

    /// <summary>Visual tokens that an image becomes.</summary>
    public int VisualTokens => IsResampled
        ? CrossAttention.Latents
        : Projection.VisualTokens() ?? Vision.VisualTokens;

    /// <summary>Positions that an image takes in the decoder.</summary>
    public int ImagePositions => IsCrossAttended ? 1 : VisualTokens;

    /// <summary>Bytes of an image's features: [P, F] as the tower gives them.</summary>
    public int FeatureBytes =>
        checked(Vision.VisualTokens * Vision.FeatureSize * TensorEntry.ElementBytes(ComputeType));

    /// <summary>
    /// Whether every micro-batch brings features (<see cref="MicroBatch.Features"/>): the tower is
    /// frozen, and not loaded.
    /// </summary>
    public bool TakesFeatures { get; init; }

    /// <summary>Which positions attend to which.</summary>
    public AttentionMode Attention { get; init; } = AttentionMode.Mmca;

    /// <summary>
    /// The gated layers of <see cref="AttentionMode.CraCa"/>; other attentions have none.
    /// </summary>
    public CrossAttentionConfig CrossAttention { get; init; } = new();

    /// <summary>The parts that are trained.</summary>
    public ModelPart Trainable { get; init; } = ModelPart.Projection | ModelPart.Embeddings;

    /// <inheritdoc cref="ParameterRequest.Frozen"/>
    public FrozenFormat? Frozen { get; init; }

    /// <summary>
    /// Side in pixels of the blocks of images that are hidden, for the vision tower to learn to
    /// tell them (<see cref="MicroBatch.Hidden"/>); null: text is learned.
    /// </summary>
    public int? HiddenBlock { get; init; }

    /// <summary>Blocks of an image, if some are hidden; else 0.</summary>
    public int BlocksOfImage => HiddenBlock is { } block ? Vision.ImageSize / block * (Vision.ImageSize / block) : 0;

    /// <summary>
    /// The type the model computes in. Trained weights are kept in float32 (in double if this is
    /// double).
    /// </summary>
    public ScalarType ComputeType { get; init; } = ScalarType.Float32;

    /// <summary>
    /// The device: <c>cpu</c>, <c>cuda</c> or <c>cuda:1</c>. A name, because making a device loads
    /// libtorch.
    /// </summary>
    public string Device { get; init; } = "cpu";

    /// <summary>
    /// Decides every random start. Each tensor's start depends on its own name only.
    /// </summary>
    public ulong Seed { get; init; }

    /// <summary>How many numbers are trained: those of <see cref="Trainable"/>'s tensors.</summary>
    public long TrainedNumbers => ParameterRequest().Sources
        .SelectMany(source => source.Specs)
        .Where(spec => !spec.IsConstant && Trainable.HasFlag(spec.Part))
        .Sum(spec => spec.Shape.Aggregate(1L, (product, size) => product * size));

    /// <inheritdoc cref="ParameterRequest.CopiesFrozen"/>
    internal bool? CopiesFrozen { get; init; }

    /// <summary>
    /// Whether attention is computed over padded samples (<see cref="PaddedAttention"/>); null: not
    /// on a CPU.
    /// </summary>
    internal bool? PadsAttention { get; init; }

    /// <summary>Whether the decoder's rows look at images through gated layers.</summary>
    internal bool IsCrossAttended => Attention == AttentionMode.CraCa;

    /// <summary>The decoder's layers, from 0, that a gated layer stands before.</summary>
    internal IReadOnlyList<int> GatedLayers =>
        IsCrossAttended ? [.. CrossAttention.LayersOf(Language.Layers)] : [];

    /// <summary>The decoder's layers and width.</summary>
    internal (int Layers, int Width) Decoder => (Language.Layers, Language.HiddenSize);

    /// <summary>
    /// Width of the visual tokens: a resampler keeps the tower's, the projection makes the
    /// decoder's.
    /// </summary>
    internal int MediaWidth => IsResampled ? Vision.FeatureSize : Language.HiddenSize;

    /// <summary>Whether a resampler of the gated layers takes the projection's place.</summary>
    internal bool IsResampled => IsCrossAttended && CrossAttention.IsResampled;

    internal ParameterRequest ParameterRequest() => new()
    {
        Sources =
        [
            Vision.Source(VisionFolder),
            IsResampled
                ? LatentResampler.Source(CrossAttention, Vision.FeatureSize)
                : VisualProjection.Source(Projection, Vision, Language.HiddenSize),
            VisualChat.Model.CrossAttention.GatedLayers.Source(this),
            LlamaParameters.Source(Language.Checked(), VocabularySize, AddedTokens, LanguageFolder),
            .. HiddenBlock is { } block ? [HiddenBlockHead.Source(Vision, block)] : Array.Empty<ParameterSource>(),
        ],
        Checkpoint = Checkpoint,
        CheckpointKind = CheckpointKind,
        Start = Start,
        StartKind = StartKind,
        Trainable = Trainable,
        ComputeType = ComputeType,
        CopiesFrozen = CopiesFrozen,
        NotLoaded = TakesFeatures ? ModelPart.Vision : ModelPart.None,
        Frozen = Frozen,
        Seed = Seed,
    };
}
