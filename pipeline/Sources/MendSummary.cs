namespace VisualChat.Pipeline.Sources;

/// <summary>
/// The usable records of a dataset that were changed in one way so that they can be used.
/// </summary>
/// <param name="Name">What was changed, as files and people name it: <c>marks-moved</c>.</param>
/// <param name="Count">How many records.</param>
/// <param name="Example">Where the first of them is: <c>FILE[index]</c>.</param>
internal sealed record MendSummary(string Name, int Count, string Example)
{
    /// <summary>The counts alone.</summary>
    public static SortedDictionary<string, int> CountsOf(IEnumerable<MendSummary> summaries) =>
        new(summaries.ToDictionary(summary => summary.Name, summary => summary.Count), StringComparer.Ordinal);

    /// <summary>How many, what, and the example.</summary>
    public override string ToString() => $"{Count:N0} {Name}, such as {Example}";
}
