using VisualChat.Pipeline.Sources.Datasets;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Sources.Images;

/// <summary>A folder or file that holds a dataset's images.</summary>
/// <param name="path">The full path.</param>
/// <param name="name">
/// The path as image paths show it: relative to the data root, with forward slashes.
/// </param>
internal abstract class ImageContainer(string path, string name)
{
    /// <summary>The full path.</summary>
    public string FullPath { get; } = path;

    /// <summary>The path relative to the data root.</summary>
    public string Name { get; } = name;

    /// <summary>Finds an image without reading it. Safe to call from many threads.</summary>
    /// <param name="key">The key as a record names it.</param>
    /// <param name="dataset">
    /// Says under which file names a key may be found, for containers of files.
    /// </param>
    public abstract ImageLookup Find(string key, DatasetDefinition dataset);

    /// <summary>Reads an image. Safe to call from many threads.</summary>
    /// <param name="path">Its path from <see cref="Find"/>.</param>
    /// <param name="entry">Its entry from <see cref="Find"/>.</param>
    /// <param name="buffers">Where its memory comes from.</param>
    public abstract PooledBytes Read(string path, int entry, PooledBuffers buffers);
}
