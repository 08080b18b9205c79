namespace VisualChat.Pipeline.Shards;

/// <summary>How much of the shards has been checked.</summary>
internal readonly record struct ShardCheckProgress(int ShardsDone, int ShardsInAll, long BytesDone, long BytesInAll);
