namespace VisualChat.Pipeline.Training;

/// <summary>What goes into a checkpoint beside its state.</summary>
public sealed record CheckpointContent
{
    /// <summary>Bytes of what was trained.</summary>
    public required long WeightBytes { get; init; }

    /// <summary>Writes what was trained.</summary>
    public required Action<Stream> WriteWeights { get; init; }

    /// <summary>Bytes of the optimizer's moments.</summary>
    public required long OptimizerBytes { get; init; }

    /// <summary>Writes the optimizer's moments.</summary>
    public required Action<Stream> WriteOptimizer { get; init; }

    /// <summary>Small files by name: configuration, recipe, tokenizer.</summary>
    public required IReadOnlyList<(string Name, byte[] Bytes)> Texts { get; init; }
}
