using VisualChat.Model;

namespace VisualChat.Pipeline.DataLoading;

/// <summary>
/// The samples of one forward pass. Their images stay bytes: the model normalises them on its
/// device.
/// </summary>
internal sealed class LoadedMicroBatch
{
    private readonly ReadOnlyMemory<byte>[] _crops;

    internal LoadedMicroBatch(IReadOnlyList<DecodedSample> samples)
    {
        Ids = [.. samples.Select(sample => sample.Id)];
        Samples = [.. samples.Select(sample => sample.Sample)];
        Positions = samples.Sum(sample => sample.Positions);
        LabelledTokens = samples.Sum(sample => LabelsOf(sample.Sample));
        _crops = [.. samples.SelectMany(sample => sample.Crops).Select(crop => (ReadOnlyMemory<byte>)crop)];
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

    /// <summary>The batch as the model takes it. Nothing is copied.</summary>
    public MicroBatch ForModel() => new(Samples, _crops);

    private static int LabelsOf(ModelSample sample)
    {
        ReadOnlySpan<int> learnable = sample.Labels.Span[1..];
        return learnable.Length - learnable.Count(ModelSample.IgnoredLabel);
    }
}
