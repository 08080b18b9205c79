namespace VisualChat.Model.Projection;

/// <summary>What follows from the kind of a projection alone.</summary>
public static class ProjectionKinds
{
    /// <summary>
    /// <c>baseline</c>, <c>vit</c> or <c>perceiver</c>, as recipes and configurations write it.
    /// </summary>
    public static string Name(this ProjectionKind kind) => kind switch
    {
        ProjectionKind.Baseline => "baseline",
        ProjectionKind.Vit => "vit",
        _ => "perceiver",
    };

    /// <summary>
    /// Visual tokens that it makes of an image; null: as many as the tower gives it.
    /// </summary>
    public static int? VisualTokens(this ProjectionKind kind) =>
        kind == ProjectionKind.Perceiver ? PerceiverProjection.Queries : null;

    /// <summary>
    /// Whether it takes the features of any tower; if not, it takes CLIP's alone, whose first one
    /// is of the class token.
    /// </summary>
    public static bool TakesAnyTower(this ProjectionKind kind) => kind == ProjectionKind.Baseline;
}
