namespace VisualChat.Model.CrossAttention;

/// <summary>What makes the visual tokens that gated layers look at.</summary>
public enum MediaResampler
{
    /// <summary>The projection: the decoder's width, and as many tokens as it makes.</summary>
    None,

    /// <summary>
    /// Flamingo's perceiver over the vision tower's own features, in the projection's place: the
    /// tower's width, and as many tokens as it has latents.
    /// </summary>
    Perceiver,
}
