using VisualChat.Pipeline.Recipes.Keys;

namespace VisualChat.Pipeline.Recipes;

/// <summary>
/// Sizes of a vision tower with random weights, by the names of Hugging Face's CLIP configuration.
/// With <see cref="OutputSize"/> it is Qwen-VL's encoder. Its input size is the recipe's
/// <see cref="ImageSettings.Size"/>.
/// </summary>
internal sealed record VisionSizes
{
    /// <summary>Width of a head of the resampler's attention.</summary>
    public const int ResamplerHead = 128;

    private const int DefaultQueries = 256;

    [Meaning("Width of the tower.")]
    [Range(From = 1, To = 65536)]
    public required int HiddenSize { get; init; }

    [Meaning("Width inside its feed-forward layers.")]
    [Range(From = 1, To = 65536)]
    public required int IntermediateSize { get; init; }

    [Meaning("Layers.")]
    [Range(From = 1, To = 1024), Written(Order = 2)]
    public required int NumHiddenLayers { get; init; }

    [Meaning("Attention heads; divides hidden_size.")]
    [Range(From = 1, To = 1024), Written(Order = 1)]
    public required int NumAttentionHeads { get; init; }

    [Meaning("Side of a patch in pixels.")]
    [Range(From = 1, To = 4096), Written(Order = 3)]
    public required int PatchSize { get; init; }

    [Meaning(
        "Width of the features of a tower that ends with a resampler, as Qwen-VL's encoder does; a multiple of 128. " +
        "Without the key it is CLIP's tower.")]
    [Range(From = ResamplerHead, To = 65536), Written(Order = 4)]
    public int? OutputSize { get; init; }

    [Meaning("Visual tokens that the resampler makes of an image, a square; with output_size only.")]
    [Range(From = 1, To = 65536), Written(Order = 5, When = nameof(HasResampler))]
    public int Queries { get; init; } = DefaultQueries;

    [Meaning("What LayerNorm adds to a variance.")]
    [Range(Above = 0), Written(When = nameof(IsClip))]
    public double LayerNormEps { get; init; } = 1e-5;

    /// <summary>Whether the tower is Qwen-VL's, not CLIP's.</summary>
    public bool HasResampler => OutputSize is not null;

    /// <summary>Whether the tower is CLIP's.</summary>
    public bool IsClip => !HasResampler;
}
