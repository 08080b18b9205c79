using VisualChat.Model;
using VisualChat.Model.Vision;

namespace VisualChat.Pipeline.DataLoading;

/// <summary>
/// The samples of one forward pass. Its images stay bytes until they are needed: the floats that
/// the model takes are four times as large.
/// </summary>
internal sealed class LoadedMicroBatch
{
    private readonly byte[][] _crops;
    private readonly int _imageSize;

    internal LoadedMicroBatch(IReadOnlyList<DecodedSample> samples, int imageSize)
    {
        Ids = [.. samples.Select(sample => sample.Id)];
        Samples = [.. samples.Select(sample => sample.Sample)];
        Positions = samples.Sum(sample => sample.Positions);
        LabelledTokens = samples.Sum(sample => LabelsOf(sample.Sample));
        _crops = [.. samples.SelectMany(sample => sample.Crops)];
        _imageSize = imageSize;
    }

    public IReadOnlyList<string> Ids { get; }

    public IReadOnlyList<ModelSample> Samples { get; }

    /// <summary>The number of images in all samples.</summary>
    public int Images => _crops.Length;

    /// <summary>Positions in the model, including the visual tokens.</summary>
    public int Positions { get; }

    /// <summary>
    /// Labels that are learned. The first token of a sample is never a target: nothing precedes it.
    /// </summary>
    public int LabelledTokens { get; }

    /// <summary>The pixels' shape: images, channels, rows, columns.</summary>
    public long[] PixelShape => [Images, ClipNormalization.Channels, _imageSize, _imageSize];

    /// <summary>
    /// Writes the pixels as the model takes them, directly to where it reads them.
    /// </summary>
    /// <param name="pixels">
    /// Receives the images of all samples, one after the other: [images, 3, S, S].
    /// </param>
    /// <remarks>
    /// Cost: one table lookup per byte, about 0.1 ms for an image of 224 × 224, on the calling
    /// thread.
    /// </remarks>
    /// <exception cref="ArgumentException">
    /// <paramref name="pixels"/> has another length.
    /// </exception>
    public void WritePixels(Span<float> pixels)
    {
        int values = ClipNormalization.Channels * _imageSize * _imageSize;
        if (pixels.Length != Images * values)
        {
            throw new ArgumentException(
                $"{Images} images of {_imageSize} × {_imageSize} pixels do not make {pixels.Length} values.",
                nameof(pixels));
        }

        for (int image = 0; image < Images; image++)
            ClipNormalization.Normalize(_crops[image], pixels.Slice(image * values, values));
    }

    private static int LabelsOf(ModelSample sample)
    {
        ReadOnlySpan<int> learnable = sample.Labels.Span[1..];
        return learnable.Length - learnable.Count(ModelSample.IgnoredLabel);
    }
}
