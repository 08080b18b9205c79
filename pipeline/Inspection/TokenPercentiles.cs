namespace VisualChat.Pipeline.Inspection;

/// <summary>
/// How long samples are, in positions of the model. A percentile is the smallest length that at
/// least that share of samples does not exceed.
/// </summary>
/// <param name="P5">5 % are no longer.</param>
/// <param name="P50">The median.</param>
/// <param name="P95">95 % are no longer.</param>
/// <param name="Max">The longest.</param>
internal sealed record TokenPercentiles(int P5, int P50, int P95, int Max)
{
    /// <summary>The percentiles of lengths in ascending order; all 0 for none.</summary>
    public static TokenPercentiles Of(ReadOnlySpan<int> sorted) => sorted.IsEmpty
        ? new TokenPercentiles(0, 0, 0, 0)
        : new TokenPercentiles(At(sorted, 5), At(sorted, 50), At(sorted, 95), sorted[^1]);

    private static int At(ReadOnlySpan<int> sorted, int percent)
    {
        long rank = (((long)sorted.Length * percent) + 99) / 100;
        return sorted[(int)Math.Max(rank - 1, 0)];
    }
}
