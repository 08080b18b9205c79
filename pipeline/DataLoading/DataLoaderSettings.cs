using VisualChat.Pipeline.Features;
using VisualChat.Pipeline.Recipes;

namespace VisualChat.Pipeline.DataLoading;

/// <summary>
/// How shards are loaded. The number of <see cref="Workers"/> decides only how soon samples come,
/// and the <see cref="Seed"/> only their order.
/// </summary>
internal sealed record DataLoaderSettings
{
    /// <summary>Samples per update.</summary>
    public required int Batch { get; init; }

    /// <summary>How an update's samples become forward passes.</summary>
    public required IMicroBatchCut Cut { get; init; }

    /// <summary>What the model sees of an image.</summary>
    public required ImageFrame Frame { get; init; }

    /// <summary>Which image of a sample is shown where.</summary>
    public ImageOrder ImageOrder { get; init; }

    /// <summary>Features in place of images; null: images are decoded.</summary>
    public FeatureFolder? Features { get; init; }

    /// <summary>What of the samples is learned.</summary>
    public LearnedContent Content { get; init; } = LearnedContent.Answers;

    /// <summary>Decides the order, together with the epoch, and what of images is hidden.</summary>
    public required long Seed { get; init; }

    /// <summary>Samples decoded at once.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;
}
