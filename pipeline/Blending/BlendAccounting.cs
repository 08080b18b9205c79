using VisualChat.Pipeline.Planning;
using VisualChat.Pipeline.Shards;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Blending;

/// <summary>
/// Says where every record read went, from the indexes, the plan and the shards' accounts. A record
/// planned for several samples (the join shows one LLaVA conversation with several pairs) is
/// rejected only if none of them could use it.
/// </summary>
internal static class BlendAccounting
{
    /// <summary>
    /// Every record left out, once, by dataset in the recipe's order and by the order read.
    /// </summary>
    public static IReadOnlyList<Reject> Rejects(
        SourceCatalog catalog, BlendPlan plan, IEnumerable<ShardAccount> accounts)
    {
        Dictionary<(string, int), Reject[]> whileMaking = accounts
            .SelectMany(account => account.Rejects)
            .GroupBy(reject => (reject.Dataset, reject.Ordinal))
            .ToDictionary(group => group.Key, group => group.ToArray());

        var all = new List<Reject>();
        for (int index = 0; index < catalog.Datasets.Count; index++)
        {
            DatasetIndex dataset = catalog.Datasets[index];
            List<Reject> ofDataset = [.. dataset.Rejects];
            ofDataset.AddRange(plan.Rejects.Where(reject => reject.Dataset == dataset.Name));
            for (int record = 0; record < dataset.RecordCount; record++)
            {
                (string, int) key = (dataset.Name, dataset.RecordOrdinals[record]);
                int samples = plan.Occurrences[index][record];
                if (whileMaking.TryGetValue(key, out Reject[]? found) && found.Length >= samples)
                    ofDataset.Add(found[0]);
            }

            all.AddRange(ofDataset.OrderBy(reject => reject.Ordinal));
        }

        return all;
    }

    /// <summary>A dataset's records by where they went.</summary>
    /// <param name="catalog">The datasets.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="dataset">Index of the dataset.</param>
    /// <param name="rejects">All rejects of the blend.</param>
    public static RecordCounts Count(
        SourceCatalog catalog, BlendPlan plan, int dataset, IReadOnlyList<Reject> rejects)
    {
        DatasetIndex index = catalog.Datasets[dataset];
        Reject[] ofDataset = [.. rejects.Where(reject => reject.Dataset == index.Name)];
        var byReason = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (string reason in ofDataset.Select(reject => reject.Reason.ToName()))
            byReason[reason] = byReason.GetValueOrDefault(reason) + 1;

        HashSet<int> rejectedOrdinals = [.. ofDataset.Select(reject => reject.Ordinal)];
        int drawn = 0;
        int notDrawn = 0;
        for (int record = 0; record < index.RecordCount; record++)
        {
            if (rejectedOrdinals.Contains(index.RecordOrdinals[record]))
                continue;
            if (plan.Occurrences[dataset][record] > 0)
                drawn++;
            else
                notDrawn++;
        }

        return new RecordCounts
        {
            Read = index.RecordsRead,
            Drawn = drawn,
            Rejected = byReason,
            Mended = index.Mended.Count == 0 ? null : MendSummary.CountsOf(index.Mended),
            NotDrawn = notDrawn,
            ImagesDropped = index.ImagesDropped,
        };
    }
}
