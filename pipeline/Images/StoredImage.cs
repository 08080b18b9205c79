using System.Collections.Concurrent;

namespace VisualChat.Pipeline.Images;

/// <summary>Reads a shard's images, whatever the shard's recipe stored. Thread safe.</summary>
internal static class StoredImage
{
    private static readonly ConcurrentDictionary<int, ClipCrop> Crops = [];

    /// <summary>
    /// The pixels that a model of an input size sees: a stored crop of that size as it is, anything
    /// else resized and cropped.
    /// </summary>
    /// <returns>[size, size, 3] Red, green, blue.</returns>
    /// <exception cref="UnusableImageException">
    /// It has no bytes, is not an image, too large, damaged or cut off.
    /// </exception>
    public static byte[] ToRgb(ReadOnlySpan<byte> stored, int size)
    {
        ImageHeader header = ImageProbe.Check(stored);
        if (header.Format == "ppm" && header.Width == size && header.Height == size)
            return PpmImage.PixelsOf(stored).ToArray();
        return Crops.GetOrAdd(size, crop => new ClipCrop(crop)).Crop(stored);
    }
}
