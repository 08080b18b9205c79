using VisualChat.Model;

namespace VisualChat.Pipeline.DataLoading;

/// <summary>One sample between decoding and the assembly of its micro-batch.</summary>
/// <param name="Crops">Each image as [S, S, 3] bytes; none with features.</param>
/// <param name="Positions">Positions in the model, including the visual tokens.</param>
internal sealed record DecodedSample(string Id, ModelSample Sample, byte[][] Crops, int Positions)
{
    /// <summary>The blocks that are hidden in each image; null: none are.</summary>
    public IReadOnlyList<ReadOnlyMemory<int>>? Hidden { get; init; }

    /// <summary>In place of crops, the features that were kept of each image.</summary>
    public IReadOnlyList<IImageFeatures>? Features { get; init; }
}
