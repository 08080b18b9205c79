namespace VisualChat.Pipeline.DataLoading;

/// <summary>So many samples in each forward pass, in order, whatever their length.</summary>
/// <param name="Samples">How many; the last pass may have fewer.</param>
internal sealed record SampleCut(int Samples) : IMicroBatchCut
{
    public IReadOnlyList<int[]> Of(IReadOnlyList<int> positions) =>
        [.. Enumerable.Range(0, positions.Count).Chunk(Samples)];
}
