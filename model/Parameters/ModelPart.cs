namespace VisualChat.Model.Parameters;

/// <summary>A part of the model that is trained or frozen as one.</summary>
[Flags]
public enum ModelPart
{
    /// <summary>No part.</summary>
    None = 0,

    /// <summary>
    /// The projection from the vision tower's width to the decoder's (<c>projection.*</c>), or the
    /// resampler in its place (<c>perceiver.*</c>).
    /// </summary>
    Projection = 1,

    /// <summary>The input embeddings (<c>lang_embed.weight</c>).</summary>
    Embeddings = 2,

    /// <summary>The vision tower (<c>vis_encoder.*</c>).</summary>
    Vision = 4,

    /// <summary>The decoder (<c>lang_decoder.*</c>).</summary>
    Language = 8,

    /// <summary>
    /// The gated layers that look at the images (<c>gated_cross_attn_layers.*</c>); there are some
    /// under the attention <c>cra-ca</c> alone.
    /// </summary>
    CrossAttention = 16,

    /// <summary>Every part.</summary>
    All = Projection | Embeddings | Vision | Language | CrossAttention,
}
