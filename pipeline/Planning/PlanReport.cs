using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Planning;

/// <summary>A plan's numbers, as <c>blend --dry-run</c> shows them.</summary>
/// <param name="Sources">Each dataset read.</param>
/// <param name="Entries">Each recipe entry.</param>
/// <param name="Shards">Each split's shards.</param>
/// <param name="DistinctImages">Images that the samples show, each counted once.</param>
/// <param name="StraddlingConversations">Conversations left out by a split by image.</param>
/// <param name="PlanFingerprint">The plan's fingerprint.</param>
internal sealed record PlanReport(
    IReadOnlyList<PlanReport.Source> Sources,
    IReadOnlyList<PlanReport.Entry> Entries,
    IReadOnlyList<PlanReport.Split> Shards,
    int DistinctImages,
    int StraddlingConversations,
    string PlanFingerprint)
{
    /// <summary>Collects the numbers.</summary>
    public static PlanReport Of(SourceCatalog catalog, BlendPlan plan) => new(
        [.. catalog.Datasets.Select((dataset, index) => SourceOf(dataset, plan, index))],
        [.. plan.Entries.Select(EntryOf)],
        [.. plan.Shards.GroupBy(shard => shard.Split).Select(SplitOf)],
        plan.DistinctImages,
        plan.StraddlingConversations,
        plan.Fingerprint);

    private static Source SourceOf(DatasetIndex dataset, BlendPlan plan, int index)
    {
        IEnumerable<Reject> rejectedByPlan = plan.Rejects.Where(reject => reject.Dataset == dataset.Name);
        var rejected = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (Reject reject in dataset.Rejects.Concat(rejectedByPlan))
        {
            string reason = reject.Reason.ToName();
            rejected[reason] = rejected.GetValueOrDefault(reason) + 1;
        }

        int drawn = plan.Occurrences[index].Count(times => times > 0);
        int notDrawn = dataset.RecordsRead - drawn - rejected.Values.Sum();
        return new Source(
            dataset.Name,
            dataset.RecordsRead,
            drawn,
            rejected,
            MendSummary.CountsOf(dataset.Mended),
            notDrawn,
            dataset.ConversationCount);
    }

    private static Entry EntryOf(PlannedEntry entry) => new(
        entry.Name,
        entry.Conversations,
        entry.TrainSamples + entry.ValidationSamples,
        entry.TrainSamples,
        entry.ValidationSamples,
        entry.ImageReferences,
        entry.DistinctImages);

    private static Split SplitOf(IGrouping<Planning.Split, PlannedShard> shards)
    {
        string name = shards.Key == Planning.Split.Train ? "train" : "validation";
        return new Split(name, shards.Count(), shards.Sum(shard => shard.Samples.Length));
    }

    /// <summary>One dataset.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="Records">Records read.</param>
    /// <param name="Drawn">Records in a planned sample.</param>
    /// <param name="Rejected">
    /// Records known to be unusable, by reason; more can turn out when texts and images are read.
    /// </param>
    /// <param name="Mended">
    /// Usable records that were changed so that they can be used, by what was changed.
    /// </param>
    /// <param name="NotDrawn">Usable records in no planned sample.</param>
    /// <param name="Conversations">Conversations the usable records form.</param>
    public sealed record Source(
        string Name,
        int Records,
        int Drawn,
        IReadOnlyDictionary<string, int> Rejected,
        IReadOnlyDictionary<string, int> Mended,
        int NotDrawn,
        int Conversations);

    /// <summary>One recipe entry.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="Conversations">Conversations it could draw from.</param>
    /// <param name="Samples">Samples planned: groups, joins or single conversations.</param>
    /// <param name="Train">Samples in training.</param>
    /// <param name="Validation">Samples held out.</param>
    /// <param name="Images">Images shown, counted every time.</param>
    /// <param name="DistinctImages">Images shown, each counted once.</param>
    public sealed record Entry(
        string Name,
        int Conversations,
        int Samples,
        int Train,
        int Validation,
        long Images,
        int DistinctImages);

    /// <summary>One split.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="Shards">Shards planned.</param>
    /// <param name="Samples">Samples planned.</param>
    public sealed record Split(string Name, int Shards, int Samples);
}
