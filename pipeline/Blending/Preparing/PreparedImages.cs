using System.Collections.Concurrent;
using VisualChat.Pipeline.Conversations;
using VisualChat.Pipeline.Images;
using VisualChat.Pipeline.Sources;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Blending.Preparing;

/// <summary>
/// Prepares each image once, however many samples show it, in memory that does not grow with their
/// number. Safe to call from many threads.
/// </summary>
/// <param name="images">The images.</param>
/// <param name="preparer">Makes the stored bytes from an image's encoded bytes.</param>
/// <param name="buffers">Where the images' memory comes from.</param>
/// <param name="kept">
/// Keeps what is taken again, and is disposed of with this; null if nothing is kept, as for images
/// stored as they are.
/// </param>
internal sealed class PreparedImages(
    IImageTable images, ImagePreparer preparer, PooledBuffers buffers, IKeptImages? kept) : IDisposable
{
    private readonly ConcurrentDictionary<int, Lazy<PreparedImage>> _inFlight = new();
    private readonly ConcurrentDictionary<int, RecordRejectedException> _rejected = new();
    private readonly bool[] _isChecked = new bool[images.Count];

    /// <summary>
    /// Starts to read an image that was prepared before, some time before it is taken.
    /// </summary>
    /// <returns>What <see cref="Take"/> is to be given; null: nothing to read.</returns>
    public Task<PooledBytes>? Fetch(int image) => kept?.Fetch(image);

    /// <summary>Takes an image for one sample, which gives it back when it is written.</summary>
    /// <param name="image">The image.</param>
    /// <param name="fetched">What <see cref="Fetch"/> returned for this use.</param>
    /// <exception cref="IOException">The storage failed.</exception>
    public PreparedImage Take(int image, Task<PooledBytes>? fetched)
    {
        if (kept is null || kept.IsTakenOnce(image))
            return Prepare(image);
        PreparedImage taken = fetched is null
            ? TakeKept(image, kept)
            : new PreparedImage(fetched.GetAwaiter().GetResult(), null);
        kept.CountUse(image);
        return taken;
    }

    public void Dispose() => kept?.Dispose();

    private PreparedImage TakeKept(int image, IKeptImages kept)
    {
        if (_rejected.TryGetValue(image, out RecordRejectedException? known))
            return new PreparedImage(null, known);
        if (kept.Find(image) is { } found)
            return new PreparedImage(found, null);
        Lazy<PreparedImage> making = _inFlight.GetOrAdd(
            image, key => new Lazy<PreparedImage>(() => PrepareAndKeep(key, kept)));
        PreparedImage prepared = making.Value;

        // The thread that takes the entry out is the user that it was made with. Others may come
        // too late to share it, and find what was kept.
        bool isFirst = _inFlight.TryRemove(new KeyValuePair<int, Lazy<PreparedImage>>(image, making));
        return isFirst || prepared.Bytes?.TryShare() != false ? prepared : new PreparedImage(kept.Find(image), null);
    }

    private PreparedImage PrepareAndKeep(int image, IKeptImages kept)
    {
        // Another thread may have finished between the check and this call.
        if (kept.Find(image) is { } found)
            return new PreparedImage(found, null);
        PreparedImage prepared = Prepare(image);
        if (prepared.Bytes is { } bytes)
            kept.Add(image, bytes);
        return prepared;
    }

    private PreparedImage Prepare(int image)
    {
        if (_rejected.TryGetValue(image, out RecordRejectedException? known))
            return new PreparedImage(null, known);
        try
        {
            PooledBytes encoded = images.Read(image, buffers);
            PooledBytes prepared = preparer.Prepare(encoded, buffers, Volatile.Read(ref _isChecked[image]));
            encoded.Release();
            Volatile.Write(ref _isChecked[image], true);
            return new PreparedImage(prepared, null);
        }
        catch (RecordRejectedException rejection)
        {
            return Rejected(image, rejection);
        }
        catch (UnusableImageException unusable)
        {
            return Rejected(image, new RecordRejectedException(images.PathOf(image), unusable));
        }
    }

    private PreparedImage Rejected(int image, RecordRejectedException rejection) =>
        new(null, _rejected[image] = rejection);
}
