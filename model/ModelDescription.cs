using VisualChat.Model.Attention;
using VisualChat.Model.Language;
using VisualChat.Model.Parameters;
using VisualChat.Model.Vision;
using static TorchSharp.torch;

namespace VisualChat.Model;

/// <summary>Everything a model is made from: sizes, where weights come from, and what of them learns.</summary>
public sealed record ModelDescription
{
    /// <summary>The vision tower's sizes.</summary>
    public required ClipVisionConfig Vision { get; init; }

    /// <summary>A Hugging Face folder with the tower's weights, of a whole CLIP or the tower alone; null: a random start.</summary>
    public string? VisionFolder { get; init; }

    /// <summary>The decoder's sizes.</summary>
    public required LlamaConfig Language { get; init; }

    /// <summary>A Hugging Face folder with the decoder's weights; null: a random start.</summary>
    public string? LanguageFolder { get; init; }

    /// <summary>A folder whose tensors, under the names of <see cref="ChatModel.Parameters"/>, come before those of the two folders: what an earlier training trained.</summary>
    public string? Checkpoint { get; init; }

    /// <summary>A folder like <see cref="Checkpoint"/> that comes after it: what the training of the checkpoint began with.</summary>
    public string? Start { get; init; }

    /// <summary>Rows of the embedding table and the head: the tokenizer's pieces and the tokens added to them. Rows a folder lacks start at random.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>The id that stands for one image's visual tokens.</summary>
    public required int ImageToken { get; init; }

    /// <summary>Who looks at whom.</summary>
    public AttentionMode Attention { get; init; } = AttentionMode.Mmca;

    /// <summary>What learns.</summary>
    public ModelPart Trainable { get; init; } = ModelPart.Projection | ModelPart.Embeddings;

    /// <summary>The type that is computed in. What learns is kept in float32 all the same (in double, where this is double).</summary>
    public ScalarType ComputeType { get; init; } = ScalarType.Float32;

    /// <summary>Where it is computed: <c>cpu</c>, <c>cuda</c> or <c>cuda:1</c>. A name, because making a device loads libtorch.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>Decides every random start; each tensor's is its own, whatever else is random.</summary>
    public ulong Seed { get; init; }

    /// <summary>Every parameter, in order.</summary>
    internal IReadOnlyList<ParameterSpec> Specs() =>
    [
        .. ClipParameters.All(Vision.Checked()),
        .. Projection.BaselineProjection.Parameters(Vision.HiddenSize, Language.HiddenSize),
        .. LlamaParameters.All(Language.Checked(), VocabularySize),
    ];
}
