namespace VisualChat.Pipeline.DataLoading;

/// <summary>
/// How shards are loaded. <see cref="Workers"/> changes nothing of what is delivered, and
/// <see cref="Seed"/> nothing but the order.
/// </summary>
internal sealed record DataLoaderSettings
{
    /// <summary>Samples per update.</summary>
    public required int Batch { get; init; }

    /// <summary>Samples per forward pass.</summary>
    public required int MicroBatch { get; init; }

    /// <summary>Side of the model's input, in pixels.</summary>
    public required int ImageSize { get; init; }

    /// <summary>Decides, with the epoch, the order.</summary>
    public required long Seed { get; init; }

    /// <summary>Samples decoded at once.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;
}
