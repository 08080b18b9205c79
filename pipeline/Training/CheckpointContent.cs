namespace VisualChat.Pipeline.Training;

/// <summary>What goes into a checkpoint besides its state.</summary>
internal sealed record CheckpointContent
{
    /// <summary>Bytes that <see cref="WriteWeights"/> writes.</summary>
    public required long WeightBytes { get; init; }

    /// <summary>Writes what was trained.</summary>
    public required Action<Stream> WriteWeights { get; init; }

    /// <summary>Bytes that <see cref="WriteOptimizer"/> writes.</summary>
    public required long OptimizerBytes { get; init; }

    /// <summary>Writes the optimizer's moments.</summary>
    public required Action<Stream> WriteOptimizer { get; init; }

    /// <summary>Small files by name: configuration, recipe, tokenizer.</summary>
    public required IReadOnlyList<(string Name, byte[] Bytes)> Texts { get; init; }
}
