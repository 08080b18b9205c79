using VisualChat.Pipeline.Samples;

namespace VisualChat.Pipeline.DataLoading;

/// <summary>One row between reading and decoding.</summary>
/// <param name="File">The shard that holds it.</param>
internal sealed record LoadedRow(string File, TrainingRow Row);
