namespace VisualChat.Pipeline.Recipes;

/// <summary>Where a training has the features of images from that a frozen tower made.</summary>
/// <param name="Folder">
/// A folder of features; null: the training's own, which it makes before its first step.
/// </param>
internal sealed record FeatureSource(RecipePath? Folder)
{
    /// <summary>The training's own.</summary>
    public static FeatureSource Keep { get; } = new((RecipePath?)null);
}
