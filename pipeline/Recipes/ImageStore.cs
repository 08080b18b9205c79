namespace VisualChat.Pipeline.Recipes;

/// <summary>What shards hold of an image.</summary>
internal enum ImageStore
{
    /// <summary>The model's square crop.</summary>
    Resized,

    /// <summary>The source's own bytes.</summary>
    Original,
}
