using VisualChat.Pipeline.Chat;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Images;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Serving.Bodies;
using VisualChat.Pipeline.Serving.Protocol;
using VisualChat.Pipeline.Serving.Requests;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Serving.Images;

/// <summary>
/// Prepares a request's images for the model. Clients send all images of a conversation again with
/// every round; those seen lately are recognized by their bytes and not decoded again. Thread safe;
/// at most one image per core is decoded at a time, and one that is large.
/// </summary>
internal sealed class ImageIntake : IDisposable
{
    // Of prepared images.
    private const long MaxCachedBytes = 64_000_000;

    // Pixels beyond those of most cameras.
    private const long LargeImage = 12_000_000;

    private readonly ChatImages _images;
    private readonly ServeLimits _limits;
    private readonly ImageFetcher _fetcher;
    private readonly SemaphoreSlim _decoders = new(Environment.ProcessorCount);

    // An image of 50 million pixels may take 400 MB while it is decoded: large ones queue up.
    private readonly SemaphoreSlim _largeDecoders = new(1);
    private readonly Lock _lock = new();

    // By the SHA-256 of the encoded bytes; the least recently seen first.
    private readonly OrderedDictionary<string, ChatImage> _seen = [];
    private readonly int _mostSeen;

    /// <param name="frame">What the model sees of an image.</param>
    /// <param name="settings">Limits, and hosts to fetch from.</param>
    public ImageIntake(ImageFrame frame, ServeSettings settings)
    {
        _images = new ChatImages(frame);
        _limits = settings.Limits;
        _fetcher = new ImageFetcher(settings.ImageHosts, settings.Limits.ImageBytes);
        _mostSeen = (int)Math.Max(settings.Limits.Images, MaxCachedBytes / (3 * frame.Size * frame.Size));
    }

    /// <param name="image">The image.</param>
    /// <param name="lease">Pays for one that is fetched, while it is decoded.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="ApiException">
    /// The image cannot be fetched, is not an image, is damaged or is too large.
    /// </exception>
    public async Task<ChatImage> TakeAsync(RequestImage image, BodyLease lease, CancellationToken cancellation)
    {
        if (image.Bytes is { } sent)
            return await TakeAsync(sent, image.Path, cancellation);
        byte[] fetched = await _fetcher.FetchAsync(image.Url!, image.Path, lease, cancellation);
        ChatImage taken = await TakeAsync(fetched, image.Path, cancellation);
        lease.Give(fetched.Length);
        return taken;
    }

    public void Dispose()
    {
        _fetcher.Dispose();
        _decoders.Dispose();
        _largeDecoders.Dispose();
    }

    private async Task<ChatImage> TakeAsync(byte[] bytes, string path, CancellationToken cancellation)
    {
        string digest = Sha256.Of(bytes);
        if (FindSeen(digest) is { } seen)
            return seen;
        bool isLarge = PixelsOf(bytes, path) > LargeImage;
        SemaphoreSlim decoders = isLarge ? _largeDecoders : _decoders;
        await decoders.WaitAsync(cancellation);
        try
        {
            // Another request may have brought it meanwhile.
            if (FindSeen(digest) is { } justSeen)
                return justSeen;
            ChatImage prepared = Prepare(bytes, path);
            AddSeen(digest, prepared);
            return prepared;
        }
        finally
        {
            if (isLarge)
                ReturnedMemory.Collect();
            decoders.Release();
        }
    }

    private ChatImage Prepare(byte[] bytes, string path)
    {
        try
        {
            return _images.FromBytes(bytes, path);
        }
        catch (InputException exception)
        {
            throw new ApiException(400, exception.Message) { Parameter = path, Code = "invalid_image" };
        }
    }

    private long PixelsOf(byte[] bytes, string path)
    {
        ImageHeader header;
        try
        {
            header = ImageProbe.Check(bytes);
        }
        catch (UnusableImageException unusable)
        {
            throw ApiException.WrongValue(path, $"{unusable.Detail}.", "invalid_image");
        }

        long pixels = (long)header.Width * header.Height;
        if (pixels <= _limits.ImagePixels)
            return pixels;
        throw ApiException.WrongValue(
            path,
            $"the image has {header.Width:N0} x {header.Height:N0} pixels; " +
            $"at most {_limits.ImagePixels:N0} are decoded.",
            "image_too_large");
    }

    private ChatImage? FindSeen(string digest)
    {
        lock (_lock)
        {
            if (!_seen.Remove(digest, out ChatImage? image))
                return null;
            _seen.Add(digest, image);
            return image;
        }
    }

    private void AddSeen(string digest, ChatImage image)
    {
        lock (_lock)
        {
            _ = _seen.TryAdd(digest, image);
            if (_seen.Count > _mostSeen)
                _seen.RemoveAt(0);
        }
    }
}
