using VisualChat.Pipeline.Recipes.Keys;

namespace VisualChat.Pipeline.Recipes;

/// <summary>
/// Sizes of a vision tower with random weights, by the names of Hugging Face's CLIP configuration.
/// Its input size is the recipe's <see cref="ImageSettings.Size"/>.
/// </summary>
internal sealed record VisionSizes
{
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

    [Meaning("What LayerNorm adds to a variance.")]
    [Range(Above = 0)]
    public double LayerNormEps { get; init; } = 1e-5;
}
