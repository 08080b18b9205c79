namespace VisualChat.Pipeline.DataLoading;

/// <summary>The samples of one update of the weights.</summary>
/// <param name="Epoch">From 0.</param>
/// <param name="IndexInEpoch">From 0.</param>
/// <param name="MicroBatches">The samples in order, cut into forward passes.</param>
/// <param name="Next">
/// Where the data loader continues after this update; after an epoch's last update, the start of
/// the next epoch.
/// </param>
internal sealed record LoadedUpdate(int Epoch, int IndexInEpoch, IReadOnlyList<LoadedMicroBatch> MicroBatches, LoaderPosition Next)
{
    /// <summary>Labels that are learned: what the update's loss is a mean over.</summary>
    public int LabelledTokens => MicroBatches.Sum(batch => batch.LabelledTokens);
}
