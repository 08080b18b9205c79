using System.Security.Cryptography;
using VisualChat.Pipeline.Chat;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Images;
using VisualChat.Pipeline.Serving.Protocol;
using VisualChat.Pipeline.Serving.Requests;

namespace VisualChat.Pipeline.Serving.Images;

/// <summary>
/// Makes a request's images ready for the model. A client sends a conversation's images anew with every round: those that were seen lately are known by their
/// bytes and not decoded again. Thread safe; as many images are decoded at a time as there are cores.
/// </summary>
internal sealed class ImageIntake : IDisposable
{
    private const long MostKeptBytes = 64_000_000;

    private readonly ChatImages _images;
    private readonly ServeLimits _limits;
    private readonly ImageFetcher _fetcher;
    private readonly SemaphoreSlim _decoders = new(Environment.ProcessorCount);
    private readonly Lock _lock = new();

    // By the SHA-256 of the encoded bytes; the least lately seen first.
    private readonly OrderedDictionary<string, ChatImage> _seen = [];
    private readonly int _mostSeen;

    /// <summary>An intake.</summary>
    /// <param name="imageSize">Columns and rows of the model's crop.</param>
    /// <param name="settings">Limits, and hosts to fetch from.</param>
    public ImageIntake(int imageSize, ServeSettings settings)
    {
        _images = new ChatImages(imageSize);
        _limits = settings.Limits;
        _fetcher = new ImageFetcher(settings.ImageHosts, settings.Limits.ImageBytes);
        _mostSeen = (int)Math.Max(settings.Limits.Images, MostKeptBytes / (3 * imageSize * imageSize));
    }

    /// <summary>Makes an image ready.</summary>
    /// <exception cref="ApiException">It cannot be fetched, is no image, is damaged or is too large.</exception>
    public async Task<ChatImage> TakeAsync(RequestImage image, CancellationToken cancellation)
    {
        byte[] bytes = image.Bytes ?? await _fetcher.FetchAsync(image.Url!, image.Path, cancellation).ConfigureAwait(false);
        string name = Convert.ToHexStringLower(SHA256.HashData(bytes));
        if (Find(name) is { } known)
            return known;
        await _decoders.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            ChatImage prepared = Prepare(bytes, image.Path);
            Keep(name, prepared);
            return prepared;
        }
        finally
        {
            _decoders.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _fetcher.Dispose();
        _decoders.Dispose();
    }

    private ChatImage Prepare(byte[] bytes, string path)
    {
        try
        {
            ImageHeader header = ImageProbe.Check(bytes);
            if ((long)header.Width * header.Height > _limits.ImagePixels)
                throw ApiException.WrongValue(path, $"the image has {header.Width:N0} x {header.Height:N0} pixels; at most {_limits.ImagePixels:N0} are decoded.", "image_too_large");
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

    private ChatImage? Find(string name)
    {
        lock (_lock)
        {
            if (!_seen.Remove(name, out ChatImage? image))
                return null;
            _seen.Add(name, image);
            return image;
        }
    }

    private void Keep(string name, ChatImage image)
    {
        lock (_lock)
        {
            _ = _seen.TryAdd(name, image);
            if (_seen.Count > _mostSeen)
                _seen.RemoveAt(0);
        }
    }
}
