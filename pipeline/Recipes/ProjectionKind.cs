namespace VisualChat.Pipeline.Recipes;

/// <summary>What maps image features to the decoder's width.</summary>
internal enum ProjectionKind
{
    /// <summary>A linear map, then a LayerNorm.</summary>
    Baseline,
}
