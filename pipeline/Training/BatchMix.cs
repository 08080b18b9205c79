using VisualChat.Model.Memory;
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

    public static BatchMix Of(Manifest manifest) => new(
        manifest.Datasets.Sum(entry => entry.Counts.TextTokens),
        manifest.Datasets.Sum(entry => entry.Counts.SequenceTokens),
        manifest.Datasets.Sum(entry => entry.Counts.Samples),
        manifest.ImageTokens);

    /// <summary>Positions of so many samples, which may be longer than most.</summary>
    public long PositionsOf(int samples) => Samples == 0 ? 0 : (long)(Padding * samples * All / Samples);

    /// <summary>A pass of so many positions.</summary>
    /// <param name="positions">How many.</param>
    /// <param name="isPadded">Whether attention pads its samples.</param>
    public BatchShape Shape(long positions, bool isPadded)
    {
        long text = All == 0 ? positions : (long)Math.Ceiling((double)positions * Text / All);
        long images = positions - text;
        return new BatchShape(text, images, images / ImageTokens, (long)(LabelledShare * text))
        {
            PaddedTextRows = isPadded ? (long)(Padding * text) : null,
            PaddedImageRows = isPadded ? (long)(Padding * images) : null,
        };
    }
}
