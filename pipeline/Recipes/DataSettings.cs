namespace VisualChat.Pipeline.Recipes;

/// <summary>The recipe's <c>data</c>: which datasets are blended, and within which limits.</summary>
public sealed record DataSettings
{
    /// <summary>The entries, in order; each name once.</summary>
    public required IReadOnlyList<SourceSettings> Sources { get; init; }

    /// <summary>Most images in one sample.</summary>
    public int MaxImages { get; init; } = 8;

    /// <summary>Most positions in one sample, visual tokens included.</summary>
    public int MaxSequenceTokens { get; init; } = 4096;

    /// <summary>Most ids of one turn before its eos, as the released system cuts them (512); null: turns are never cut.</summary>
    public int? MaxTurnTokens { get; init; }

    /// <summary>What is held out.</summary>
    public ValidationSettings Validation { get; init; } = new();

    /// <summary>What happens to a record whose image is missing.</summary>
    public MissingImages MissingImages { get; init; } = MissingImages.Reject;

    /// <summary>The synthetic data used when no data root is given; null: a data root must be given.</summary>
    public SampleWorldSettings? SampleWorld { get; init; }
}
