using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Blending.Preparing;

/// <summary>
/// Keeps prepared images that later samples show again (docs/decisions/0018). Safe to call from
/// many threads.
/// </summary>
internal interface IKeptImages : IDisposable
{
    /// <summary>Whether an image is taken once only, so that there is nothing to keep.</summary>
    bool IsTakenOnce(int image);

    /// <summary>Gets an image for one more user.</summary>
    /// <returns>Null if it is not kept.</returns>
    /// <exception cref="IOException">The storage failed.</exception>
    PooledBytes? Find(int image);

    /// <summary>Starts to get an image for one more user, without waiting for a disk.</summary>
    /// <returns>The image, or its <see cref="IOException"/>; null if it is not kept.</returns>
    Task<PooledBytes>? Fetch(int image);

    /// <summary>Keeps an image, as one more user of it.</summary>
    /// <param name="image">The image, whose current use is not counted yet.</param>
    /// <param name="bytes">Its bytes.</param>
    /// <exception cref="IOException">The storage failed.</exception>
    void Add(int image, PooledBytes bytes);

    /// <summary>Counts a use of an image, kept or not.</summary>
    void CountUse(int image);
}
