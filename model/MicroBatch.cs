namespace VisualChat.Model;

/// <summary>
/// Samples that go through the model together. It holds no tensor, so any thread may read and
/// decode it.
/// </summary>
/// <param name="Samples">The samples.</param>
/// <param name="Images">
/// Their images in reading order, sample after sample, each the bytes of a crop: [S, S, 3] red,
/// green, blue, where S is <see cref="Vision.VisionTowerConfig.ImageSize"/>. The model normalises
/// them on its device.
/// </param>
public sealed record MicroBatch(IReadOnlyList<ModelSample> Samples, IReadOnlyList<ReadOnlyMemory<byte>> Images)
{
    /// <summary>
    /// In place of images, what the frozen tower made of each; null: the model encodes the images.
    /// </summary>
    public IReadOnlyList<IImageFeatures>? Features { get; init; }

    /// <summary>The number of images in all samples.</summary>
    public int ImageCount => Features?.Count ?? Images.Count;

    /// <summary>Tokens that are learned.</summary>
    public long LabelTokens => Samples.Sum(sample => (long)sample.LabelTokens);
}
