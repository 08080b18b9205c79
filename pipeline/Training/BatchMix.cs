using VisualChat.Model.Memory;
using VisualChat.Model.Training;
using VisualChat.Pipeline.Shards;

namespace VisualChat.Pipeline.Training;

/// <summary>What the positions of shards are on average: text, and visual tokens.</summary>
/// <param name="Text">Text tokens of all samples.</param>
/// <param name="All">Positions of all samples.</param>
/// <param name="Samples">The number of samples.</param>
/// <param name="ImageTokens">Positions an image takes.</param>
internal sealed record BatchMix(long Text, long All, long Samples, int ImageTokens)
{
    // Of the text of the nine datasets, between a third and a half is answers.
    private const double LabelledShare = 0.5;

    // Where attention pads samples to the longest of their pass.
    private const double Padding = 1.5;

    /// <summary>What a training on shards shows of them.</summary>
    public static BatchMix Of(Manifest manifest, LearningObjective objective)
    {
        long text = manifest.Datasets.Sum(entry => entry.Counts.TextTokens);
        long all = manifest.Datasets.Sum(entry => entry.Counts.SequenceTokens);
        long samples = manifest.Datasets.Sum(entry => entry.Counts.Samples);
        return objective switch
        {
            LearningObjective.Answers => new BatchMix(text, all, samples, manifest.ImageTokens),
            LearningObjective.Text => new BatchMix(text, text, samples, manifest.ImageTokens) { IsAllLabelled = true },
            _ => new BatchMix(0, all - text, samples, manifest.ImageTokens),
        };
    }

    /// <summary>Whether all text is learned.</summary>
    public bool IsAllLabelled { get; init; }

    /// <summary>Positions of so many samples, which may be longer than most.</summary>
    public long PositionsOf(int samples) => Samples == 0 ? 0 : (long)(Padding * samples * All / Samples);

    /// <summary>A pass of so many positions.</summary>
    /// <param name="positions">How many.</param>
    /// <param name="isPadded">Whether attention pads its samples.</param>
    public BatchShape Shape(long positions, bool isPadded)
    {
        long text = All == 0 ? positions : (long)Math.Ceiling((double)positions * Text / All);
        long images = positions - text;
        return new BatchShape(text, images, images / ImageTokens, (long)((IsAllLabelled ? 1 : LabelledShare) * text))
        {
            PaddedTextRows = isPadded ? (long)(Padding * text) : null,
            PaddedImageRows = isPadded ? (long)(Padding * images) : null,
        };
    }
}
