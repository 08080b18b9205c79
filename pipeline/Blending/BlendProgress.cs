namespace VisualChat.Pipeline.Blending;

/// <summary>How far a blend is.</summary>
/// <param name="SamplesDone">Samples of this run rendered and handed to the writer.</param>
/// <param name="SamplesToDo">Samples this run makes.</param>
/// <param name="ShardsDone">Shards finished, those found finished included.</param>
/// <param name="ShardsInAll">Shards of the plan, or of the partition.</param>
internal readonly record struct BlendProgress(int SamplesDone, int SamplesToDo, int ShardsDone, int ShardsInAll);
