using System.Collections.Concurrent;
using VisualChat.Pipeline.Recipes;

namespace VisualChat.Pipeline.Images;

/// <summary>Reads a shard's images, whatever the shard's recipe stored. Thread safe.</summary>
internal static class StoredImage
{
    private static readonly ConcurrentDictionary<ImageFrame, ClipCrop> Crops = [];

    /// <summary>
    /// The pixels that a model of an input size sees: a stored crop of that size as it is, anything
    /// else resized, and cropped unless it is squashed.
    /// </summary>
    /// <returns>[size, size, 3] Red, green, blue.</returns>
    /// <exception cref="UnusableImageException">
    /// It has no bytes, is not an image, too large, damaged or cut off.
    /// </exception>
    public static byte[] ToRgb(ReadOnlySpan<byte> stored, ImageFrame frame)
    {
        ImageHeader header = ImageProbe.Check(stored);
        if (header.Format == "ppm" && header.Width == frame.Size && header.Height == frame.Size)
            return PpmImage.PixelsOf(stored).ToArray();
        return Crops.GetOrAdd(frame, crop => new ClipCrop(crop)).Crop(stored);
    }
}
