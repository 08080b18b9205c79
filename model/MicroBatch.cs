using System.Runtime.InteropServices;
using VisualChat.Model.Vision;
using static TorchSharp.torch;

namespace VisualChat.Model;

/// <summary>
/// Samples that go through the model together. It holds no tensor, so any thread may read and
/// decode it.
/// </summary>
/// <param name="Samples">The samples.</param>
/// <param name="Pixels">
/// [images, 3, S, S] Their images one after the other, row-major, as
/// <see cref="ClipNormalization"/> makes them.
/// </param>
/// <param name="Images">How many images those are.</param>
public sealed record MicroBatch(IReadOnlyList<ModelSample> Samples, ReadOnlyMemory<float> Pixels, int Images)
{
    /// <summary>Tokens that are learned.</summary>
    public long LabelTokens => Samples.Sum(sample => (long)sample.LabelTokens);

    /// <summary>
    /// [images, 3, S, S] The images as the tower takes them; null without images.
    /// </summary>
    /// <exception cref="ArgumentException">
    /// The number of values does not fit the images.
    /// </exception>
    internal Tensor? PixelTensor(int imageSize)
    {
        const int Channels = ClipNormalization.Channels;
        if (Pixels.Length != (long)Images * Channels * imageSize * imageSize)
        {
            throw new ArgumentException(
                $"{Pixels.Length} numbers are not {Images} images of [{Channels}, {imageSize}, {imageSize}].");
        }

        if (Images == 0)
            return null;
        Tensor pixels = empty([Images, Channels, imageSize, imageSize], dtype: ScalarType.Float32);
        MemoryMarshal.AsBytes(Pixels.Span).CopyTo(pixels.bytes);
        return pixels;
    }
}
