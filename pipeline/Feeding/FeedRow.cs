using VisualChat.Pipeline.Shards;

namespace VisualChat.Pipeline.Feeding;

/// <summary>One row between reading and decoding.</summary>
/// <param name="File">The shard it lies in.</param>
/// <param name="Row">The row.</param>
internal sealed record FeedRow(string File, TrainingRow Row);
