using VisualChat.Model.Memory;
using VisualChat.Model.Training;
using VisualChat.Pipeline.Recipes;
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
        return new BatchMix(text, all, samples, manifest.ImageTokens).ShownTo(objective);
    }

    /// <summary>Whether all text is learned.</summary>
    public bool IsAllLabelled { get; init; }

    /// <summary>
    /// Of a recipe that was not blended yet: every sample as long as it allows, with as many images
    /// as fit. What is foretold so is the most it can be.
    /// </summary>
    /// <param name="data">What the recipe says.</param>
    /// <param name="imageTokens">Positions an image takes.</param>
    /// <param name="objective">What is learned of them.</param>
    public static BatchMix AtMost(DataSettings data, int imageTokens, LearningObjective objective)
    {
        long images = Math.Min(data.MaxImages, (data.MaxSequenceTokens - 1) / imageTokens);
        long text = data.MaxSequenceTokens - (images * imageTokens);
        return new BatchMix(text, data.MaxSequenceTokens, 1, imageTokens).ShownTo(objective);
    }

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

    private BatchMix ShownTo(LearningObjective objective) => objective switch
    {
        LearningObjective.Answers => this,
        LearningObjective.Text => this with { All = Text, IsAllLabelled = true },
        _ => this with { Text = 0, All = All - Text },
    };
}
