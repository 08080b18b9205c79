namespace VisualChat.Pipeline.Sources;

/// <summary>
/// The records of a dataset that were left out for one reason, for a person to act on.
/// </summary>
/// <param name="Reason">Why.</param>
/// <param name="Count">How many.</param>
/// <param name="Examples">The first of them: <c>FILE[index]: what exactly</c>.</param>
internal sealed record RejectSummary(RejectReason Reason, int Count, IReadOnlyList<string> Examples)
{
    private const int MostExamples = 3;

    /// <summary>Counts a dataset's rejects by reason, the most frequent first.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <param name="rejects">Rejects of any dataset, in the order read.</param>
    public static IReadOnlyList<RejectSummary> Of(DatasetIndex dataset, IEnumerable<Reject> rejects) =>
    [
        .. rejects
            .Where(reject => reject.Dataset == dataset.Name)
            .GroupBy(reject => reject.Reason)
            .Select(group => new RejectSummary(group.Key, group.Count(), ExamplesOf(dataset, group)))
            .OrderByDescending(summary => summary.Count)
            .ThenBy(summary => summary.Reason),
    ];

    /// <summary>
    /// What became of a dataset none of whose records can be used: how many it read, and why.
    /// </summary>
    public static string NothingUsable(string dataset, int recordsRead, IReadOnlyList<RejectSummary> rejects) =>
        recordsRead == 0
            ? $"{dataset}: its annotations hold no record"
            : $"{dataset}: none of its {recordsRead:N0} records can be used"
                + string.Concat(rejects.Select((summary, place) => (place == 0 ? ": " : "; ") + summary));

    /// <summary>How many, why, and the examples.</summary>
    public override string ToString() => $"{Count:N0} {Reason.ToName()}, such as {string.Join("; ", Examples)}";

    private static string[] ExamplesOf(DatasetIndex dataset, IEnumerable<Reject> rejects) =>
        [.. rejects.Take(MostExamples).Select(reject => ExampleOf(dataset, reject))];

    private static string ExampleOf(DatasetIndex dataset, Reject reject)
    {
        string place = dataset.PlaceOf(reject.Ordinal);
        string record = reject.Record == place ? place : $"{place} (id {reject.Record})";
        return $"{record}: {reject.Detail}";
    }
}
