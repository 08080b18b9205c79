using VisualChat.Model.Attention;
using VisualChat.Model.Projection;
using VisualChat.Model.Quantisation;
using VisualChat.Pipeline.Recipes.Keys;

namespace VisualChat.Pipeline.Recipes;

/// <summary>The recipe's <c>model</c>: which parts, and what of them is trained.</summary>
internal sealed record ModelSettings
{
    [Meaning(
        "A Hugging Face CLIP folder, relative to the recipe's folder, " +
        "or sizes of a vision tower with random weights.")]
    [Allowed("the path of a Hugging Face folder")]
    public required FolderOrSizes<VisionSizes> Vision { get; init; }

    [Meaning(
        "A Hugging Face LLaMA folder, relative to the recipe's folder, " +
        "or sizes of a decoder with random weights.")]
    [Allowed("the path of a Hugging Face folder")]
    public required FolderOrSizes<LanguageSizes> Language { get; init; }

    [Meaning(
        "A checkpoint, a folder that export wrote, or DeepSpeed-VisualChat's pytorch_model.bin or its folder, " +
        "relative to the recipe's folder, whose weights a training starts with in place of those above.")]
    [Allowed("the path of a checkpoint"), NullAllowed]
    public RecipePath? Start { get; init; }

    [Meaning(
        "What maps image features to the decoder's width: a linear map, the same after one more layer " +
        "of the vision tower's kind, or 256 queries that attend to the features.")]
    public ProjectionKind Projection { get; init; } = ProjectionKind.Baseline;

    [Meaning(
        "Which positions attend to which: multi-modal causal attention, plain causal attention, the released " +
        "system's variant of the first, one of the two that stand between the first two, or causal attention over " +
        "text with gated cross-attention layers that look at the images.")]
    [Decides(Outcome.Training | Outcome.Answers)]
    public AttentionMode Attention { get; init; } = AttentionMode.Mmca;

    [Meaning("The gated cross-attention layers of the attention cra-ca; the other attentions have none.")]
    [Decides(Outcome.Training | Outcome.Answers), Written(When = nameof(IsCrossAttended))]
    public CrossAttentionSettings CrossAttention { get; init; } = new();

    /// <summary>
    /// Filled in when a recipe is read: the gated layers learn unless a recipe names the parts.
    /// </summary>
    [Meaning("Parts that learn. By default the gated layers too, where the attention is cra-ca.")]
    public TrainableParts Trainable { get; init; } =
        new([TrainablePart.Projection, TrainablePart.Embeddings]);

    /// <summary>Whether frozen weights are kept in fewer bits than files have.</summary>
    public bool IsQuantised => Frozen is not null;

    [Meaning(
        "In how many bits the linear maps of the frozen decoder, and of a frozen tower, are kept: 8 with a scale " +
        "for each row, or 4 (NF4) with a scale for each 64. Null: as their files have them.")]
    [Decides(Outcome.Training | Outcome.Answers), NullAllowed, Written(When = nameof(IsQuantised))]
    public FrozenFormat? Frozen { get; init; }

    [Meaning("The type of weights and activations.")]
    [Decides(Outcome.Training | Outcome.Answers)]
    public Dtype Dtype { get; init; } = Dtype.Bf16;

    /// <summary>Whether gated layers look at the images.</summary>
    public bool IsCrossAttended => Attention == AttentionMode.CraCa;
}
