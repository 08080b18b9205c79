namespace VisualChat.Pipeline.DataLoading;

/// <summary>How an update's samples become forward passes.</summary>
internal interface IMicroBatchCut
{
    /// <summary>Cuts an update: the same lengths always give the same cut.</summary>
    /// <param name="positions">Each sample's positions in the model.</param>
    /// <returns>
    /// For each forward pass, which samples it takes; every sample is in exactly one.
    /// </returns>
    IReadOnlyList<int[]> Of(IReadOnlyList<int> positions);
}
