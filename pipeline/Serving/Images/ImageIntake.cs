using VisualChat.Pipeline.Chat;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Images;
using VisualChat.Pipeline.Serving.Protocol;
using VisualChat.Pipeline.Serving.Requests;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Serving.Images;

/// <summary>
/// Prepares a request's images for the model. Clients send all images of a conversation again with
/// every round; those seen lately are recognized by their bytes and not decoded again. Thread safe;
/// at most one image per core is decoded at a time.
/// </summary>
internal sealed class ImageIntake : IDisposable
{
    // Of prepared images.
    private const long MaxCachedBytes = 64_000_000;

    private readonly ChatImages _images;
    private readonly ServeLimits _limits;
    private readonly ImageFetcher _fetcher;
    private readonly SemaphoreSlim _decoders = new(Environment.ProcessorCount);
    private readonly Lock _lock = new();

    // By the SHA-256 of the encoded bytes; the least recently seen first.
    private readonly OrderedDictionary<string, ChatImage> _seen = [];
    private readonly int _mostSeen;

    /// <param name="imageSize">Columns and rows of the model's crop.</param>
    /// <param name="settings">Limits, and hosts to fetch from.</param>
    public ImageIntake(int imageSize, ServeSettings settings)
    {
        _images = new ChatImages(imageSize);
        _limits = settings.Limits;
        _fetcher = new ImageFetcher(settings.ImageHosts, settings.Limits.ImageBytes);
        _mostSeen = (int)Math.Max(settings.Limits.Images, MaxCachedBytes / (3 * imageSize * imageSize));
    }

    /// <exception cref="ApiException">
    /// The image cannot be fetched, is not an image, is damaged or is too large.
    /// </exception>
    public async Task<ChatImage> TakeAsync(RequestImage image, CancellationToken cancellation)
    {
        byte[] bytes = image.Bytes ?? await _fetcher.FetchAsync(image.Url!, image.Path, cancellation);
        string digest = Sha256.Of(bytes);
        if (FindSeen(digest) is { } seen)
            return seen;
        await _decoders.WaitAsync(cancellation);
        try
        {
            ChatImage prepared = Prepare(bytes, image.Path);
            AddSeen(digest, prepared);
            return prepared;
        }
        finally
        {
            _decoders.Release();
        }
    }

    public void Dispose()
    {
        _fetcher.Dispose();
        _decoders.Dispose();
    }

    private ChatImage Prepare(byte[] bytes, string path)
    {
        try
        {
            CheckPixels(ImageProbe.Check(bytes), path);
            return _images.FromBytes(bytes, path);
        }
        catch (UnusableImageException unusable)
        {
            throw ApiException.WrongValue(path, $"{unusable.Detail}.", "invalid_image");
        }
        catch (InputException exception)
        {
            throw new ApiException(400, exception.Message) { Parameter = path, Code = "invalid_image" };
        }
    }

    private void CheckPixels(ImageHeader header, string path)
    {
        if ((long)header.Width * header.Height <= _limits.ImagePixels)
            return;
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
