using System.Security.Cryptography;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Images;

namespace VisualChat.Pipeline.Chat;

/// <summary>Prepares the images of conversations, exactly as blending prepares those a model is trained on, and within the same limits. Thread safe.</summary>
/// <param name="size">Columns and rows of the crop, <c>images.size</c> of the recipe.</param>
public sealed class ChatImages(int size)
{
    /// <summary>Bytes of a file beyond which it is not read: more than any image of <see cref="ImageProbe.MaxPixels"/> that a camera writes.</summary>
    public const long MaxFileBytes = 256_000_000;

    /// <summary>Prepares an image.</summary>
    /// <param name="encoded">An image of any format that <see cref="ImageProbe"/> knows.</param>
    /// <param name="source">Where it came from; errors name it.</param>
    /// <exception cref="InputException">It is empty, no image, too large, damaged or cut off.</exception>
    public ChatImage FromBytes(ReadOnlySpan<byte> encoded, string source)
    {
        try
        {
            byte[] crop = StoredImage.ToRgb(encoded, size);
            return new ChatImage(crop, Convert.ToHexStringLower(SHA256.HashData(crop)), source);
        }
        catch (UnusableImageException unusable)
        {
            throw new InputException($"The image '{source}' cannot be used: {unusable.Detail}.");
        }
    }

    /// <summary>Reads and prepares an image.</summary>
    /// <param name="path">Its file.</param>
    /// <exception cref="InputException">There is no such file, it cannot be read, or it is no usable image.</exception>
    public ChatImage FromFile(string path) => FromFile(path, path);

    /// <summary>Reads and prepares an image.</summary>
    /// <param name="path">Its file.</param>
    /// <param name="source">What it was called where it was named; errors name it so.</param>
    /// <exception cref="InputException">There is no such file, it cannot be read, or it is no usable image.</exception>
    public ChatImage FromFile(string path, string source)
    {
        try
        {
            var file = new FileInfo(path);
            if (!file.Exists)
                throw new InputException(Directory.Exists(path) ? $"The image '{source}' is a folder: name a file in it." : $"There is no image '{source}'.");
            if (file.Length > MaxFileBytes)
                throw new InputException($"The image '{source}' has {file.Length:N0} bytes; at most {MaxFileBytes:N0} are read.");
            // A device or a pipe has no length, and may have no end.
            return FromBytes(file.Length == 0 ? [] : File.ReadAllBytes(path), source);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new InputException($"The image '{source}' cannot be read: {exception.Message}");
        }
    }
}
