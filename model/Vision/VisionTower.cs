using static TorchSharp.torch;

namespace VisualChat.Model.Vision;

// B images, S pixels a side, P visual tokens, F feature width.

/// <summary>What turns images into features.</summary>
internal abstract class VisionTower : IDisposable
{
    /// <summary>The features of normalised images.</summary>
    /// <param name="pixels">
    /// [B, 3, S, S], as <see cref="PixelTable"/> makes them, in the type to compute in.
    /// </param>
    /// <returns>[B, P, F]</returns>
    /// <exception cref="ArgumentException">The images have another size.</exception>
    public abstract Tensor Features(Tensor pixels);

    /// <summary>Frees what the tower has computed and kept. The weights are not its own.</summary>
    public virtual void Dispose()
    {
    }

    /// <exception cref="ArgumentException">The images have another size.</exception>
    protected static void RequireSize(Tensor pixels, int imageSize)
    {
        long[] imageShape = [ClipNormalization.Channels, imageSize, imageSize];
        if (!pixels.shape.AsSpan()[1..].SequenceEqual(imageShape))
        {
            throw new ArgumentException(
                $"Images of [{string.Join(", ", pixels.shape)}] are not [B, {string.Join(", ", imageShape)}].",
                nameof(pixels));
        }
    }
}
