namespace VisualChat.Pipeline.Recipes;

/// <summary>How many positions one image takes in the model.</summary>
public static class VisualTokens
{
    /// <summary>Side of a patch, in pixels, where nothing says otherwise: CLIP ViT-L/14's.</summary>
    internal const int DefaultPatch = 14;

    /// <summary>
    /// <c>images.tokens</c>, which reading a recipe fills in; else the vision model's own, (image_size / patch_size)² + 1 of its sizes or of
    /// its <c>config.json</c> where that is there; else (size / 14)² + 1.
    /// </summary>
    public static int Of(Recipe recipe)
    {
        if (recipe.Images.Tokens is int given)
            return given;
        int? patch = recipe.Model switch
        {
            { VisionSizes: { } sizes } => (int)sizes["patch_size"],
            { Vision: string folder } => VisionConfig.TryRead(folder)?.PatchSize,
            _ => null,
        };
        return Count(recipe.Images.Size, patch ?? DefaultPatch);
    }

    /// <summary>What a vision transformer makes of a square image: a token per patch, and the class token.</summary>
    internal static int Count(int size, int patch) => (size / patch * (size / patch)) + 1;
}
