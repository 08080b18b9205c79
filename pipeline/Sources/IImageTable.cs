using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Sources;

/// <summary>
/// Every image that a recipe's records name, once, whichever dataset names it. Safe to read from
/// many threads.
/// </summary>
internal interface IImageTable
{
    /// <summary>Number of images; ids run from 0.</summary>
    int Count { get; }

    /// <summary>
    /// Where the image came from, relative to the data root with forward slashes; inside a file,
    /// <c>FILE#id</c>; of an image that stands in a record, <c>FILE[record]#image</c>, both counted
    /// from 0. Unique.
    /// </summary>
    string PathOf(int image);

    /// <summary>
    /// Bytes the encoded image takes (decoded from base64), from the listing or the index; no file
    /// is opened. For base64, may be a few bytes too many: what is escaped counts as letters.
    /// </summary>
    long LengthOf(int image);

    /// <summary>Reads the image's encoded bytes.</summary>
    /// <param name="image">Its id.</param>
    /// <param name="buffers">Where their memory comes from.</param>
    /// <exception cref="RecordRejectedException">
    /// The image is gone, empty or not base64.
    /// </exception>
    /// <exception cref="IOException">The storage failed.</exception>
    PooledBytes Read(int image, PooledBuffers buffers);
}
