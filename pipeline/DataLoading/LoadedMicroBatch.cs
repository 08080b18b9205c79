using VisualChat.Model;

namespace VisualChat.Pipeline.DataLoading;

/// <summary>
/// The samples of one forward pass. Their images stay bytes: the model normalises them on its
/// device. Or they are features that were kept.
/// </summary>
internal sealed class LoadedMicroBatch
{
    internal LoadedMicroBatch(IReadOnlyList<DecodedSample> samples)
    {
        Ids = [.. samples.Select(sample => sample.Id)];
        Samples = [.. samples.Select(sample => sample.Sample)];
        Positions = samples.Sum(sample => sample.Positions);
        ForModel = new MicroBatch(Samples, [.. samples.SelectMany(sample => sample.Crops)])
        {
            Hidden = samples.All(sample => sample.Hidden is null)
                ? null
                : [.. samples.SelectMany(sample => sample.Hidden!)],
            Features = samples.Any(sample => sample.Features is not null)
                ? [.. samples.SelectMany(sample => sample.Features ?? [])]
                : null,
        };
        LabelledTokens = (int)ForModel.LabelTokens;
    }

    public IReadOnlyList<string> Ids { get; }

    public IReadOnlyList<ModelSample> Samples { get; }

    /// <summary>The number of images in all samples.</summary>
    public int Images => ForModel.ImageCount;

    /// <summary>Positions in the model, including the visual tokens.</summary>
    public int Positions { get; }

    /// <summary>
    /// Labels that are learned, or hidden blocks. The first token of a sample is never a target:
    /// nothing precedes it.
    /// </summary>
    public int LabelledTokens { get; }

    /// <summary>The batch as the model takes it. Nothing is copied.</summary>
    public MicroBatch ForModel { get; }
}
