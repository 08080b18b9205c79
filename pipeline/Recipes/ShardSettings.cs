using VisualChat.Pipeline.Recipes.Keys;

namespace VisualChat.Pipeline.Recipes;

/// <summary>The recipe's <c>shards</c>.</summary>
internal sealed record ShardSettings
{
    [Meaning("Size a shard is planned for, in millions of bytes.")]
    [Range(From = 1, To = 16384)]
    [Fingerprint(4)]
    public int TargetMb { get; init; } = 256;
}
