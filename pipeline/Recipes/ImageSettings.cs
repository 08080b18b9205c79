namespace VisualChat.Pipeline.Recipes;

/// <summary>The recipe's <c>images</c>.</summary>
public sealed record ImageSettings
{
    /// <summary>Whether shards hold the source's bytes or the prepared crop.</summary>
    public ImageStore Store { get; init; } = ImageStore.Resized;

    /// <summary>Side of the prepared crop in pixels; the model's input size.</summary>
    public int Size { get; init; } = 224;

    /// <summary>How a prepared crop is encoded.</summary>
    public ImageEncoding Encoding { get; init; } = ImageEncoding.Png;

    /// <summary>Visual tokens of an image, filled in from the vision model when a recipe is read; null: see <see cref="VisualTokens"/>.</summary>
    public int? Tokens { get; init; }
}
