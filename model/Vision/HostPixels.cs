using VisualChat.Model.Transfers;
using static TorchSharp.torch;

namespace VisualChat.Model.Vision;

// S pixels a side.

/// <summary>Images in the host's memory, to upload from.</summary>
internal static class HostPixels
{
    /// <returns>
    /// [images, S, S, 3] bytes, which the caller owns; null without images.
    /// </returns>
    /// <param name="images">As <see cref="MicroBatch.Images"/>.</param>
    /// <param name="side">S.</param>
    /// <param name="transfers">Has the memory.</param>
    /// <exception cref="ArgumentException">An image has another size.</exception>
    public static Tensor? Of(IReadOnlyList<ReadOnlyMemory<byte>> images, int side, DeviceTransfers transfers)
    {
        const int Channels = ClipNormalization.Channels;
        int bytes = side * side * Channels;
        foreach (ReadOnlyMemory<byte> image in images)
        {
            if (image.Length != bytes)
            {
                throw new ArgumentException(
                    $"An image of {image.Length} bytes is not [{side}, {side}, {Channels}].", nameof(images));
            }
        }

        if (images.Count == 0)
            return null;
        Tensor pixels = transfers.HostMemory([images.Count, side, side, Channels], ScalarType.Byte);
        Span<byte> room = pixels.bytes;
        for (int image = 0; image < images.Count; image++)
            images[image].Span.CopyTo(room[(image * bytes)..]);
        return pixels;
    }
}
