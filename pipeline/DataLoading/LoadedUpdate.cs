using VisualChat.Model;

namespace VisualChat.Pipeline.DataLoading;

/// <summary>The samples of one update of the weights.</summary>
/// <param name="Epoch">From 0.</param>
/// <param name="IndexInEpoch">From 0.</param>
/// <param name="MicroBatches">
/// The samples, cut into forward passes by <see cref="DataLoaderSettings.Cut"/>.
/// </param>
/// <param name="Next">
/// Where the data loader continues after this update. After the last update of an epoch, this is
/// the start of the next epoch.
/// </param>
internal sealed record LoadedUpdate(
    int Epoch, int IndexInEpoch, IReadOnlyList<LoadedMicroBatch> MicroBatches, LoaderPosition Next)
{
    /// <summary>The micro-batches as the model takes them. Nothing is copied.</summary>
    public IReadOnlyList<MicroBatch> ForModel { get; } = [.. MicroBatches.Select(batch => batch.ForModel)];

    /// <summary>Labels that are learned: the loss of the update is the mean over them.</summary>
    public int LabelledTokens => MicroBatches.Sum(batch => batch.LabelledTokens);
}
