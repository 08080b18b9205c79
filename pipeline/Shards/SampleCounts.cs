namespace VisualChat.Pipeline.Shards;

/// <summary>Sums over samples, or over the parts of samples that came from one dataset.</summary>
public sealed record SampleCounts
{
    /// <summary>Samples; for a dataset, those with a round of it.</summary>
    public long Samples { get; set; }

    /// <summary>Rounds.</summary>
    public long Turns { get; set; }

    /// <summary>Images shown, counted each time.</summary>
    public long Images { get; set; }

    /// <summary>Text tokens: ids without the image ids.</summary>
    public long TextTokens { get; set; }

    /// <summary>Positions in the model: text tokens and visual tokens.</summary>
    public long SequenceTokens { get; set; }

    /// <summary>Adds other sums to these.</summary>
    public void Add(SampleCounts other)
    {
        Samples += other.Samples;
        Turns += other.Turns;
        Images += other.Images;
        TextTokens += other.TextTokens;
        SequenceTokens += other.SequenceTokens;
    }
}
