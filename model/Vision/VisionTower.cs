using TorchSharp;
using static TorchSharp.torch;

namespace VisualChat.Model.Vision;

// B images, S pixels a side, P visual tokens, F feature width.

/// <summary>What turns images into features.</summary>
/// <param name="isNarrow"><see cref="VisionTowerConfig.IsNarrow"/>.</param>
internal abstract class VisionTower(bool isNarrow) : IDisposable
{
    /// <summary>The features of normalised images.</summary>
    /// <param name="pixels">
    /// [B, 3, S, S], as <see cref="PixelTable"/> makes them, in the type to compute in.
    /// </param>
    /// <returns>[B, P, F]</returns>
    /// <exception cref="ArgumentException">The images have another size.</exception>
    public abstract Tensor Features(Tensor pixels);

    /// <summary>
    /// The same of a tower that is frozen: keeps nothing for a backward pass. On a CPU, the
    /// features of an image are the same bits whatever images are encoded beside it.
    /// </summary>
    /// <remarks>
    /// Where a product has few rows, several threads part the sum itself, so that the last bits
    /// depend on the number of rows. One thread never does. A narrow tower is computed on one: its
    /// few rows gain nothing by more. A wide one has enough rows in a single image
    /// (docs/decisions/0041).
    /// </remarks>
    /// <inheritdoc cref="Features" path="/param"/>
    /// <inheritdoc cref="Features" path="/returns"/>
    public Tensor FrozenFeatures(Tensor pixels)
    {
        using IDisposable frozen = no_grad();
        int threads = isNarrow && pixels.device_type == DeviceType.CPU ? get_num_threads() : 1;
        if (threads == 1)
            return Features(pixels);
        set_num_threads(1);
        try
        {
            return Features(pixels);
        }
        finally
        {
            set_num_threads(threads);
        }
    }

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
