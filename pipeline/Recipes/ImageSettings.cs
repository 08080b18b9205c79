namespace VisualChat.Pipeline.Recipes;

/// <summary>The recipe's <c>images</c>.</summary>
public sealed record ImageSettings
{
    /// <summary>Whether shards hold the source's bytes or the prepared crop.</summary>
    public ImageStore Store { get; init; } = ImageStore.Resized;

    /// <summary>Side of the prepared crop in pixels; the model's input size.</summary>
    public int Size { get; init; } = 224;

    /// <summary>How a prepared crop is encoded.</summary>
    public ImageEncoding Encoding { get; init; } = ImageEncoding.Ppm;

    /// <summary>Visual tokens of an image, filled in from the vision model when a recipe is read; null: (size / 14)² + 1.</summary>
    public int? Tokens { get; init; }

    /// <summary>Visual tokens of an image: <see cref="Tokens"/>, or those of a CLIP tower with patches of 14 pixels.</summary>
    public int VisualTokens => Tokens ?? TokensOf(Size, DefaultPatch);

    /// <summary>Side of a patch, in pixels, where nothing says otherwise (CLIP ViT-L/14).</summary>
    internal const int DefaultPatch = 14;

    /// <summary>Tokens a vision transformer makes of a square image: one per patch, and the class token.</summary>
    internal static int TokensOf(int size, int patch) => (size / patch * (size / patch)) + 1;
}
