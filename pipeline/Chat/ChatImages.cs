using VisualChat.Model.Files;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Images;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Chat;

/// <summary>
/// Prepares the images of conversations exactly as blending prepares those a model is trained on,
/// and within the same limits. Thread safe.
/// </summary>
/// <param name="frame">What the model sees of an image: the recipe's.</param>
internal sealed class ChatImages(ImageFrame frame)
{
    /// <param name="encoded">An image in any format that <see cref="ImageProbe"/> knows.</param>
    /// <param name="source">Where it came from; errors name it.</param>
    /// <exception cref="InputException">
    /// It is empty, not an image, too large, damaged or cut off.
    /// </exception>
    public ChatImage FromBytes(ReadOnlySpan<byte> encoded, string source)
    {
        try
        {
            byte[] crop = StoredImage.ToRgb(encoded, frame);
            return new ChatImage(crop, Sha256.Of(crop), source);
        }
        catch (UnusableImageException unusable)
        {
            throw new InputException($"The image '{source}' cannot be used: {unusable.Detail}.");
        }
    }

    /// <inheritdoc cref="FromFile(string, string)"/>
    public ChatImage FromFile(string path) => FromFile(path, path);

    /// <param name="path">The image's file.</param>
    /// <param name="source">The path as the user wrote it; errors name it.</param>
    /// <exception cref="InputException">
    /// The file does not exist, cannot be read or is not a usable image.
    /// </exception>
    public ChatImage FromFile(string path, string source)
    {
        try
        {
            return FromBytes(UserFile.ReadAllBytes(path, FileLimits.Image), source);
        }
        catch (UserFileException exception)
        {
            throw new InputException($"The image '{source}' cannot be read: {exception.Problem}.");
        }
    }
}
