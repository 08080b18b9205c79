using VisualChat.Pipeline.Recipes.Keys;

namespace VisualChat.Pipeline.Recipes;

/// <summary>The recipe's <c>data</c>.</summary>
internal sealed record DataSettings
{
    [Meaning("The entries, each name once.")]
    [Range(From = 1), Allowed("a list of at least one source, such as [{ name: llava }]")]
    [Fingerprint(20)]
    public required IReadOnlyList<EntrySettings> Sources { get; init; }

    [Meaning("Most images in one sample.")]
    [Range(From = 1, To = 1000)]
    [Fingerprint(9)]
    public int MaxImages { get; init; } = 8;

    [Meaning("Most positions in one sample, visual tokens included.")]
    [Range(From = 1, To = 1 << 20)]
    [Fingerprint(10)]
    public int MaxSequenceTokens { get; init; } = 4096;

    /// <summary>The released system cuts at 512.</summary>
    [Meaning("Most ids of one message before its end token; null: messages are never cut.")]
    [Range(From = 1, To = 1 << 20), NullAllowed]
    [Fingerprint(11)]
    public int? MaxTurnTokens { get; init; }

    [Meaning("What is held out.")]
    public ValidationSettings Validation { get; init; } = new();

    [Meaning("What happens to a record whose image is missing.")]
    [Fingerprint(14)]
    public MissingImages MissingImages { get; init; } = MissingImages.Reject;

    /// <summary>Null: a data root must be given.</summary>
    [Meaning("The synthetic data used when no data root is given.")]
    public SampleWorldSettings? SampleWorld { get; init; }
}
