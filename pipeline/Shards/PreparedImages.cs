using System.Collections.Concurrent;
using Microsoft.Win32.SafeHandles;
using VisualChat.Pipeline.Conversations;
using VisualChat.Pipeline.Images;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Shards;

/// <summary>
/// Prepares each image once, however many samples show it. An image that will be wanted again is appended to a spool file (about one
/// write and one read of its prepared bytes through the page cache, some 0.05 ms, against 2 ms and more for preparing it), so memory
/// does not grow with the number of images. After its last use its place is given to the next image of its length: the spool grows to
/// what is wanted again at one time, half of all for images used twice at random. Safe to call from many threads.
/// </summary>
internal sealed class PreparedImages : IDisposable
{
    private readonly IImageTable _images;
    private readonly ImagePreparer _preparer;
    private readonly ImageBuffers _buffers = new();
    private readonly int[] _usesLeft;
    private readonly int[] _usesOpen;
    private readonly (long Offset, int Length)[] _spooled;
    private readonly ConcurrentDictionary<int, Lazy<PreparedImage>> _inFlight = new();
    private readonly ConcurrentDictionary<int, RecordRejectedException> _rejected = new();
    private readonly ConcurrentDictionary<int, ConcurrentBag<long>> _freed = new();
    private readonly SafeFileHandle? _spool;
    private long _spoolEnd;
    private long _takesLeft;

    /// <summary>Opens the store.</summary>
    /// <param name="images">The images.</param>
    /// <param name="preparer">Makes the stored bytes of an image's encoded bytes.</param>
    /// <param name="uses">[images] How often each will be taken; this instance counts it down.</param>
    /// <param name="spoolPath">Where the spool is made; null: nothing is kept, as for images stored as they are.</param>
    public PreparedImages(IImageTable images, ImagePreparer preparer, int[] uses, string? spoolPath)
    {
        (_images, _preparer, _usesLeft) = (images, preparer, uses);
        _usesOpen = spoolPath is null ? [] : [.. uses];
        _takesLeft = uses.Sum(count => (long)count);
        _spooled = new (long, int)[spoolPath is null ? 0 : images.Count];
        _spool = spoolPath is null
            ? null
            : AtomicFile.OpenUnfinished(spoolPath, FileOptions.DeleteOnClose);
    }

    /// <summary>Takes an image for one sample, which gives it back when it is written.</summary>
    /// <exception cref="IOException">The storage failed.</exception>
    public PreparedImage Take(int image)
    {
        int left = Interlocked.Decrement(ref _usesLeft[image]);
        if (_spool is null)
            return Prepare(image);
        PreparedImage taken = TakeKept(image, left);
        if (Interlocked.Decrement(ref _usesOpen[image]) == 0 && IsSpooled(image))
            _freed.GetOrAdd(_spooled[image].Length, _ => []).Add(_spooled[image].Offset);

        // Giving a spool of gigabytes back takes the kernel a tenth of a second for each: beside the last rows' writing, not after it.
        if (Interlocked.Decrement(ref _takesLeft) == 0)
            _ = Task.Run(_spool.Dispose);
        return taken;
    }

    /// <inheritdoc/>
    public void Dispose() => _spool?.Dispose();

    private PreparedImage TakeKept(int image, int left)
    {
        if (_rejected.TryGetValue(image, out RecordRejectedException? known))
            return new PreparedImage(null, known);
        if (IsSpooled(image))
            return new PreparedImage(ReadSpooled(image), null);
        if (left == 0 && !_inFlight.ContainsKey(image))
            return Prepare(image);
        Lazy<PreparedImage> making = _inFlight.GetOrAdd(image, static (key, store) => new Lazy<PreparedImage>(() => store.PrepareAndSpool(key)), this);
        PreparedImage prepared = making.Value;

        // Whoever takes the entry out is the user that it was made with; others may come too late to share, and read what was spooled.
        bool isFirst = _inFlight.TryRemove(new KeyValuePair<int, Lazy<PreparedImage>>(image, making));
        return isFirst || prepared.Bytes?.TryShare() != false ? prepared : new PreparedImage(ReadSpooled(image), null);
    }

    private bool IsSpooled(int image) => Volatile.Read(ref _spooled[image].Length) > 0;

    private PreparedImage PrepareAndSpool(int image)
    {
        // Another thread may have finished between the look and this call.
        if (IsSpooled(image))
            return new PreparedImage(ReadSpooled(image), null);
        PreparedImage prepared = Prepare(image);
        if (prepared.Rejection is { } rejection)
        {
            _rejected[image] = rejection;
            return prepared;
        }

        int length = prepared.Bytes!.Length;
        if (!_freed.TryGetValue(length, out ConcurrentBag<long>? free) || !free.TryTake(out long offset))
            offset = Interlocked.Add(ref _spoolEnd, length) - length;
        RandomAccess.Write(_spool!, prepared.Bytes.Memory.Span, offset);
        _spooled[image].Offset = offset;
        Volatile.Write(ref _spooled[image].Length, length);
        return prepared;
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

    private ImageBytes ReadSpooled(int image)
    {
        (long offset, int length) = _spooled[image];
        ImageBytes bytes = _buffers.Rent(length);
        int read = 0;
        while (read < length)
        {
            int got = RandomAccess.Read(_spool!, bytes.Span[read..], offset + read);
            if (got == 0)
                throw new IOException("The spool of prepared images ends too early.");
            read += got;
        }

        return bytes;
    }
}
