namespace VisualChat.Pipeline.Recipes;

/// <summary>The recipe's <c>shards</c>.</summary>
public sealed record ShardSettings
{
    /// <summary>Size a shard is planned for, in millions of bytes.</summary>
    public int TargetMb { get; init; } = 256;
}
