using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Blending;

/// <summary>An image that a sample names.</summary>
/// <param name="Image">Its id.</param>
/// <param name="Read">The prepared image being read; null if it has to be prepared.</param>
internal readonly record struct FetchedImage(int Image, Task<PooledBytes>? Read);
