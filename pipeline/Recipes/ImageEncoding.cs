namespace VisualChat.Pipeline.Recipes;

/// <summary>How a prepared crop is encoded in a shard.</summary>
public enum ImageEncoding
{
    /// <summary>PNG, lossless.</summary>
    Png,

    /// <summary>JPEG, quality 95, full chroma: lossy.</summary>
    Jpeg,

    /// <summary>WebP, lossless.</summary>
    Webp,

    /// <summary>PPM (P6), uncompressed.</summary>
    Ppm,
}
