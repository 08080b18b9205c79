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

    /// <summary>
    /// For each image the blocks that are hidden and learned, in reading order among all of its
    /// blocks (<see cref="ModelDescription.HiddenBlock"/>), and the ids of a sample are nothing but
    /// its images'; null: the samples' labels are learned.
    /// </summary>
    public IReadOnlyList<ReadOnlyMemory<int>>? Hidden { get; init; }

    /// <summary>Tokens that are learned, or hidden blocks.</summary>
    public long LabelTokens => Hidden is null
        ? Samples.Sum(sample => (long)sample.LabelTokens)
        : Hidden.Sum(blocks => (long)blocks.Length);

    /// <summary>Tokens of one sample that are learned, or hidden blocks of its images.</summary>
    internal int LabelTokensOf(int sample)
    {
        if (Hidden is null)
            return Samples[sample].LabelTokens;
        int before = Samples.Take(sample).Sum(earlier => earlier.InputIds.Length);
        return Hidden.Skip(before).Take(Samples[sample].InputIds.Length).Sum(blocks => blocks.Length);
    }
}
