namespace VisualChat.Pipeline.Recipes;

/// <summary>How an image of any shape becomes the model's square.</summary>
internal enum ImageResize
{
    /// <summary>The short side is resized to the square's, and the middle is kept.</summary>
    Crop,

    /// <summary>Both sides are resized to the square's, whatever shape that gives.</summary>
    Squash,
}
