namespace VisualChat.Pipeline.Shards;

/// <summary>
/// <c>manifest.json</c>: what the output folder holds, and where every record read went. Its
/// presence says that the blend is complete.
/// </summary>
internal sealed record Manifest
{
    /// <summary>The version of the output folder's layout this program writes.</summary>
    public const int CurrentFormatVersion = 1;

    public required int FormatVersion { get; init; }

    public required string Name { get; init; }

    /// <summary>The seed of every random choice.</summary>
    public required long Seed { get; init; }

    /// <summary>The SHA-256 of everything in the recipe that decides the shards' bytes.</summary>
    public required string RecipeFingerprint { get; init; }

    /// <summary>The SHA-256 of the plan over the datasets as they were.</summary>
    public required string PlanFingerprint { get; init; }

    /// <summary>SHA-256 of the tokenizer model.</summary>
    public required string TokenizerSha256 { get; init; }

    /// <summary>
    /// Pieces of the base vocabulary, V; <c>### Image:</c>, <c>&lt;image&gt;</c> and the pad token
    /// follow.
    /// </summary>
    public required int BaseVocabularySize { get; init; }

    /// <summary>Positions one image takes.</summary>
    public required int ImageTokens { get; init; }

    /// <summary>Side of a prepared image in pixels; the model's input size.</summary>
    public required int ImageSize { get; init; }

    /// <summary>The shards, training first.</summary>
    public required IReadOnlyList<ManifestShard> Shards { get; init; }

    /// <summary>By recipe entry, in the recipe's order.</summary>
    public required IReadOnlyList<ManifestEntry> Datasets { get; init; }

    /// <summary>By dataset read, in the recipe's order.</summary>
    public required IReadOnlyList<ManifestSource> Sources { get; init; }

    /// <summary>Rounds cut off the end of records that are otherwise used.</summary>
    public required long RoundsDropped { get; init; }

    /// <summary>Answers that lost their end to <c>data.max_turn_tokens</c>.</summary>
    public long AnswersCut { get; init; }

    /// <summary>
    /// Conversations not drawn because their images are on both sides of a split by image.
    /// </summary>
    public required int StraddlingConversations { get; init; }
}
