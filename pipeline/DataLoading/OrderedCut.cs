namespace VisualChat.Pipeline.DataLoading;

/// <summary>
/// At most so many positions in each forward pass, with the samples in order: for evaluation, whose
/// passes need not be even. A longer sample is a pass of its own.
/// </summary>
/// <param name="Positions">The limit.</param>
internal sealed record OrderedCut(int Positions) : IMicroBatchCut
{
    public IReadOnlyList<int[]> Of(IReadOnlyList<int> positions)
    {
        var passes = new List<int[]>();
        int first = 0;
        long taken = 0;
        for (int sample = 0; sample < positions.Count; sample++)
        {
            if (sample > first && taken + positions[sample] > Positions)
            {
                passes.Add([.. Enumerable.Range(first, sample - first)]);
                (first, taken) = (sample, 0);
            }

            taken += positions[sample];
        }

        if (first < positions.Count)
            passes.Add([.. Enumerable.Range(first, positions.Count - first)]);
        return passes;
    }
}
