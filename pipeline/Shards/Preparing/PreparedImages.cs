using System.Collections.Concurrent;
using VisualChat.Pipeline.Conversations;
using VisualChat.Pipeline.Images;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Shards.Preparing;

/// <summary>
/// Prepares each image once, however many samples show it. Of the images that will be taken again, the next ones stay in memory, the others go to a
/// spool on the disk (some 0.1 ms of processor time to write and read one, against 1 ms and more for preparing it), so memory does not grow with
/// the number of images. Safe to call from many threads.
/// </summary>
internal sealed class PreparedImages : IDisposable
{
    /// <summary>Bytes of images that stay in memory.</summary>
    private const long MostNearBytes = 64_000_000;

    private readonly IImageTable _images;
    private readonly ImagePreparer _preparer;
    private readonly ImageBuffers _buffers = new();
    private readonly ImageUses? _uses;
    private readonly ImageSpool? _spool;
    private readonly NearImages? _near;
    private readonly int[] _usesDone;
    private readonly (long Offset, int Length)[] _spooled;
    private readonly ConcurrentDictionary<int, Lazy<PreparedImage>> _inFlight = new();
    private readonly ConcurrentDictionary<int, RecordRejectedException> _rejected = new();

    private PreparedImages(IImageTable images, ImagePreparer preparer, ImageUses? uses, string? spoolPath)
    {
        (_images, _preparer, _uses) = (images, preparer, uses);
        int kept = uses is null ? 0 : images.Count;
        _usesDone = new int[kept];
        _spooled = new (long, int)[kept];
        if (spoolPath is null)
            return;
        _spool = new ImageSpool(spoolPath, _buffers);
        _near = new NearImages(MostNearBytes, Spool);
    }

    /// <summary>Keeps what is taken again: preparing it takes time.</summary>
    /// <param name="images">The images.</param>
    /// <param name="preparer">Makes the stored bytes of an image's encoded bytes.</param>
    /// <param name="uses">What will be taken, and when.</param>
    /// <param name="spoolPath">Where the spool is made.</param>
    /// <exception cref="IOException">The storage failed.</exception>
    public static PreparedImages Keeping(IImageTable images, ImagePreparer preparer, ImageUses uses, string spoolPath) => new(images, preparer, uses, spoolPath);

    /// <summary>Keeps nothing: the images are stored as they are.</summary>
    /// <param name="images">The images.</param>
    /// <param name="preparer">Checks an image's encoded bytes.</param>
    public static PreparedImages Passing(IImageTable images, ImagePreparer preparer) => new(images, preparer, uses: null, spoolPath: null);

    /// <summary>Starts to read an image that was prepared before, some time before it is taken.</summary>
    /// <returns>What <see cref="Take"/> is to be given; null: nothing to read.</returns>
    public Task<ImageBytes>? Fetch(int image)
    {
        if (_spool is null)
            return null;
        if (_near!.Find(image) is { } near)
            return Task.FromResult(near);
        return IsSpooled(image) ? _spool.ReadAsync(_spooled[image].Offset, _spooled[image].Length) : null;
    }

    /// <summary>Takes an image for one sample, which gives it back when it is written.</summary>
    /// <param name="image">The image.</param>
    /// <param name="fetched">What <see cref="Fetch"/> returned for this use.</param>
    /// <exception cref="IOException">The storage failed.</exception>
    public PreparedImage Take(int image, Task<ImageBytes>? fetched)
    {
        if (_uses is null || _uses.CountOf(image) == 1)
            return Prepare(image);
        PreparedImage taken = fetched is null ? TakeKept(image) : new PreparedImage(fetched.GetAwaiter().GetResult(), null);
        int done = Interlocked.Increment(ref _usesDone[image]);
        if (done == _uses.CountOf(image))
            _near!.Remove(image);
        else
            _near!.Delay(image, _uses.PlaceOf(image, done));
        return taken;
    }

    /// <inheritdoc/>
    public void Dispose() => _spool?.Dispose();

    private PreparedImage TakeKept(int image)
    {
        if (_rejected.TryGetValue(image, out RecordRejectedException? known))
            return new PreparedImage(null, known);
        if (FindKept(image) is { } kept)
            return new PreparedImage(kept, null);
        Lazy<PreparedImage> making = _inFlight.GetOrAdd(image, static (key, store) => new Lazy<PreparedImage>(() => store.PrepareAndKeep(key)), this);
        PreparedImage prepared = making.Value;

        // Whoever takes the entry out is the user that it was made with; others may come too late to share, and find what was kept.
        bool isFirst = _inFlight.TryRemove(new KeyValuePair<int, Lazy<PreparedImage>>(image, making));
        return isFirst || prepared.Bytes?.TryShare() != false ? prepared : new PreparedImage(FindKept(image), null);
    }

    private ImageBytes? FindKept(int image)
    {
        if (_near!.Find(image) is { } near)
            return near;
        return IsSpooled(image) ? _spool!.Read(_spooled[image].Offset, _spooled[image].Length) : null;
    }

    private bool IsSpooled(int image) => Volatile.Read(ref _spooled[image].Length) > 0;

    private PreparedImage PrepareAndKeep(int image)
    {
        // Another thread may have finished between the look and this call.
        if (FindKept(image) is { } kept)
            return new PreparedImage(kept, null);
        PreparedImage prepared = Prepare(image);
        if (prepared.Rejection is { } rejection)
            _rejected[image] = rejection;
        else
            _near!.Add(image, prepared.Bytes!, _uses!.PlaceOf(image, Math.Min(_usesDone[image] + 1, _uses.CountOf(image) - 1)));
        return prepared;
    }

    private void Spool(int image, ImageBytes bytes)
    {
        _spooled[image].Offset = _spool!.Append(bytes);
        Volatile.Write(ref _spooled[image].Length, bytes.Length);
    }

    private PreparedImage Prepare(int image)
    {
        try
        {
            ImageBytes encoded = _images.Read(image, _buffers);
            ImageBytes prepared = _preparer.Prepare(encoded, _buffers);
            encoded.Release();
            return new PreparedImage(prepared, null);
        }
        catch (RecordRejectedException rejection)
        {
            return new PreparedImage(null, rejection);
        }
    }
}
