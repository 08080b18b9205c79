namespace VisualChat.Model.Parameters;

/// <summary>A part of the model that is trained or frozen as one.</summary>
[Flags]
public enum ModelPart
{
    /// <summary>No part.</summary>
    None = 0,

    /// <summary>
    /// The projection from the vision tower's width to the decoder's (<c>projection.*</c>).
    /// </summary>
    Projection = 1,

    /// <summary>The input embeddings (<c>lang_embed.weight</c>).</summary>
    Embeddings = 2,

    /// <summary>The vision tower (<c>vis_encoder.*</c>).</summary>
    Vision = 4,

    /// <summary>The decoder (<c>lang_decoder.*</c>).</summary>
    Language = 8,

    /// <summary>Every part.</summary>
    All = Projection | Embeddings | Vision | Language,
}
