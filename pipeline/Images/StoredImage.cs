using System.Collections.Concurrent;

namespace VisualChat.Pipeline.Images;

/// <summary>Reads a shard's images, whatever the shard's recipe stored. Thread safe.</summary>
public static class StoredImage
{
    private static readonly ConcurrentDictionary<int, ClipCrop> Crops = [];

    /// <summary>The pixels a model of an input size sees.</summary>
    /// <param name="stored">The bytes of a row's image.</param>
    /// <param name="size">The model's input size in pixels.</param>
    /// <returns>[size, size, 3] Red, green, blue: a crop of that size as it is, anything else resized and cropped.</returns>
    /// <exception cref="UnusableImageException">The image is empty, no image, too large, damaged or cut off.</exception>
    public static byte[] ToRgb(ReadOnlySpan<byte> stored, int size)
    {
        ImageHeader header = ImageProbe.Check(stored);
        if (header.Format == "ppm" && header.Width == size && header.Height == size)
            return PpmImage.PixelsOf(stored).ToArray();
        return Crops.GetOrAdd(size, crop => new ClipCrop(crop)).Crop(stored);
    }
}
