namespace VisualChat.Pipeline.Recipes;

/// <summary>How a prepared crop is encoded in a shard.</summary>
public enum ImageEncoding
{
    /// <summary>Lossless.</summary>
    Png,

    /// <summary>Quality 95, full chroma: lossy.</summary>
    Jpeg,

    /// <summary>Lossless.</summary>
    Webp,

    /// <summary>P6, uncompressed.</summary>
    Ppm,
}
