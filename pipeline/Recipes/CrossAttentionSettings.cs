using VisualChat.Model.CrossAttention;
using VisualChat.Pipeline.Recipes.Keys;

namespace VisualChat.Pipeline.Recipes;

/// <summary>
/// The recipe's <c>model.cross_attention</c>. It may be there under any attention, so that one
/// recipe serves the comparison of them; it has an effect under <c>cra-ca</c> alone.
/// </summary>
internal sealed record CrossAttentionSettings
{
    [Meaning("A gated layer stands before each decoder layer whose number, counted from 1, is a multiple of this.")]
    [Range(From = 1, To = 1024)]
    public int Every { get; init; } = CrossAttentionConfig.DefaultEvery;

    [Meaning(
        "What makes the visual tokens that the layers look at: none, the projection; perceiver, Flamingo's resampler " +
        "over the vision tower's own features, in the projection's place.")]
    public MediaResampler Resampler { get; init; } = MediaResampler.None;

    [Meaning("Visual tokens that the resampler makes of an image; with resampler perceiver only.")]
    [Range(From = 1, To = 65536), Written(When = nameof(IsResampled))]
    public int Latents { get; init; } = CrossAttentionConfig.DefaultLatents;

    [Meaning("Layers of the resampler; with resampler perceiver only.")]
    [Range(From = 1, To = 1024), Written(When = nameof(IsResampled))]
    public int Depth { get; init; } = CrossAttentionConfig.DefaultDepth;

    [Meaning("Images that a position looks at: all before it, or the one immediately before it.")]
    public SeenImages Images { get; init; } = SeenImages.All;

    /// <summary>Whether a resampler takes the projection's place.</summary>
    public bool IsResampled => Resampler == MediaResampler.Perceiver;

    /// <summary>The same for the model.</summary>
    public CrossAttentionConfig Config => new()
    {
        Every = Every,
        Resampler = Resampler,
        Latents = Latents,
        Depth = Depth,
        Images = Images,
    };
}
