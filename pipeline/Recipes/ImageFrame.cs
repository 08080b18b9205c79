namespace VisualChat.Pipeline.Recipes;

/// <summary>The square that a model sees of an image.</summary>
/// <param name="Size">Its side in pixels.</param>
/// <param name="Resize">How an image becomes it.</param>
internal readonly record struct ImageFrame(int Size, ImageResize Resize = ImageResize.Crop)
{
    public static implicit operator ImageFrame(int size) => new(size);
}
