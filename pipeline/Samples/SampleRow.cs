namespace VisualChat.Pipeline.Samples;

/// <summary>One sample as a shard holds it (data-schemas/shard-row.schema.json).</summary>
internal sealed record SampleRow
{
    /// <summary>
    /// Unique in the output: the recipe entry's name and the sample's number in it.
    /// </summary>
    public required string Id { get; init; }

    /// <summary>The recipe's entry that made it.</summary>
    public required string Dataset { get; init; }

    /// <summary>The datasets its rounds came from, in order of first appearance.</summary>
    public required IReadOnlyList<string> Sources { get; init; }

    /// <summary>Its images, in the order shown.</summary>
    public required IReadOnlyList<RowImage> Images { get; init; }

    public required IReadOnlyList<RowRound> Rounds { get; init; }

    /// <summary>The rendered conversation.</summary>
    public required string Text { get; init; }

    /// <summary>Token ids; one <c>&lt;image&gt;</c> id stands for each image.</summary>
    public required int[] InputIds { get; init; }

    /// <summary>
    /// -100 where nothing is learned, otherwise the id itself; as long as <see cref="InputIds"/>.
    /// </summary>
    public required int[] Labels { get; init; }

    /// <summary>Ids without the image ids.</summary>
    public required int TextTokens { get; init; }

    /// <summary>Positions in the model: text tokens and every image's visual tokens.</summary>
    public required int SequenceTokens { get; init; }

    public int ImageCount => Images.Count;
}
