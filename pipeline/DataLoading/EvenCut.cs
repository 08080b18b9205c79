namespace VisualChat.Pipeline.DataLoading;

/// <summary>
/// At most so many positions in each forward pass, in as few passes as that allows, which are as
/// even as can be: a pass's memory and time follow its positions. A sample that is longer than the
/// limit is a pass of its own.
/// </summary>
/// <remarks>
/// The longest sample first, each to the pass that has least, gives a cut within a few percent of
/// an even one; then the fullest pass gives a sample away, or changes one for a shorter one, as
/// long as that makes the fuller of the two less full. A pass has its samples in the update's
/// order, and passes come in the order of their first samples. Cost: n log n, and for each change
/// the fullest pass's samples times n; 0.1 ms for 128 samples.
/// </remarks>
/// <param name="Positions">The limit.</param>
internal sealed record EvenCut(int Positions) : IMicroBatchCut
{
    private const int Nothing = -1;

    public IReadOnlyList<int[]> Of(IReadOnlyList<int> positions)
    {
        int[] longestFirst = [.. Enumerable.Range(0, positions.Count).OrderByDescending(sample => positions[sample])];
        int[] alone = [.. longestFirst.TakeWhile(sample => positions[sample] > Positions)];
        int[] shared = longestFirst[alone.Length..];
        IEnumerable<int[]> passes = [.. alone.Select(sample => new[] { sample }), .. Shared(positions, shared)];
        return [.. passes.Select(pass => pass.Order().ToArray()).OrderBy(pass => pass[0])];
    }

    private IEnumerable<int[]> Shared(IReadOnlyList<int> positions, int[] longestFirst)
    {
        if (longestFirst.Length == 0)
            return [];
        long all = longestFirst.Sum(sample => (long)positions[sample]);

        // No two samples of more than half the limit share a pass.
        int longSamples = longestFirst.Count(sample => 2L * positions[sample] > Positions);
        for (int count = (int)Math.Max(1, Math.Max(longSamples, (all + Positions - 1) / Positions)); ; count++)
        {
            Pass[] passes = EvenlyFilled(positions, longestFirst, count);
            if (passes.All(pass => pass.Positions <= Positions))
                return passes.Where(pass => pass.Samples.Count > 0).Select(pass => pass.Samples.ToArray());
        }
    }

    private static Pass[] EvenlyFilled(IReadOnlyList<int> positions, int[] longestFirst, int count)
    {
        Pass[] passes = [.. Enumerable.Range(0, count).Select(_ => new Pass())];
        var leastFull = new PriorityQueue<int, (long Positions, int Pass)>();
        for (int pass = 0; pass < count; pass++)
            leastFull.Enqueue(pass, (0, pass));
        foreach (int sample in longestFirst)
        {
            int pass = leastFull.Dequeue();
            passes[pass].Samples.Add(sample);
            passes[pass].Positions += positions[sample];
            leastFull.Enqueue(pass, (passes[pass].Positions, pass));
        }

        while (GiveAway(positions, passes))
        {
        }

        return passes;
    }

    // The change that leaves the fuller of two passes least full; false if none makes it less full
    // than the fullest is.
    private static bool GiveAway(IReadOnlyList<int> positions, Pass[] passes)
    {
        Pass fullest = passes.MaxBy(pass => pass.Positions)!;
        long best = fullest.Positions;
        (Pass Other, int Given, int Taken)? change = null;
        foreach (Pass other in passes)
        {
            if (other == fullest)
                continue;
            foreach (int given in fullest.Samples)
            {
                Consider(other, given, Nothing);
                foreach (int taken in other.Samples)
                    Consider(other, given, taken);
            }
        }

        if (change is not { } found)
            return false;
        fullest.Exchange(found.Given, found.Taken, positions);
        found.Other.Exchange(found.Taken, found.Given, positions);
        return true;

        void Consider(Pass other, int given, int taken)
        {
            int moved = positions[given] - (taken == Nothing ? 0 : positions[taken]);
            long fuller = Math.Max(fullest.Positions - moved, other.Positions + moved);
            if (fuller >= best)
                return;
            (best, change) = (fuller, (other, given, taken));
        }
    }

    /// <summary>A forward pass that is being filled.</summary>
    private sealed class Pass
    {
        public List<int> Samples { get; } = [];

        public long Positions { get; set; }

        public void Exchange(int given, int taken, IReadOnlyList<int> positions)
        {
            if (given != Nothing)
            {
                _ = Samples.Remove(given);
                Positions -= positions[given];
            }

            if (taken != Nothing)
            {
                Samples.Add(taken);
                Positions += positions[taken];
            }
        }
    }
}
