namespace VisualChat.Model.Projection;

/// <summary>What maps image features to the decoder's width.</summary>
public enum ProjectionKind
{
    /// <summary>A linear map, then a LayerNorm.</summary>
    Baseline,

    /// <summary>
    /// One more layer like those of the CLIP vision tower, then <see cref="Baseline"/>.
    /// </summary>
    Vit,

    /// <summary>
    /// 256 learned queries that attend to the features, then a LayerNorm and a linear map.
    /// </summary>
    Perceiver,
}
