namespace VisualChat.Pipeline.DataLoading;

/// <summary>How far the check of the shards is.</summary>
/// <param name="ShardsDone">Shards checked.</param>
/// <param name="ShardsInAll">Shards of the manifest.</param>
/// <param name="BytesDone">Bytes read.</param>
/// <param name="BytesInAll">Bytes of all shards.</param>
internal readonly record struct ShardCheckProgress(int ShardsDone, int ShardsInAll, long BytesDone, long BytesInAll);
