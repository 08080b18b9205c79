using VisualChat.Pipeline.Planning;
using VisualChat.Pipeline.Shards;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Blending;

/// <summary>
/// Says where every record read went, from the indexes, the plan and the shards' accounts. A record planned for several samples (the
/// join shows one LLaVA conversation with several pairs) is rejected only if none of them could use it.
/// </summary>
public static class BlendAccounting
{
    /// <summary>Every record left out, once, by dataset in the recipe's order and by the order read.</summary>
    public static IReadOnlyList<Reject> Rejects(SourceCatalog catalog, BlendPlan plan, IEnumerable<ShardAccount> accounts)
    {
        Dictionary<(string, int), (int Times, Reject First)> whileMaking = [];
        foreach (Reject reject in accounts.SelectMany(account => account.Rejects))
        {
            (string, int) key = (reject.Dataset, reject.Ordinal);
            whileMaking[key] = whileMaking.TryGetValue(key, out var known) ? (known.Times + 1, known.First) : (1, reject);
        }

        var all = new List<Reject>();
        for (int index = 0; index < catalog.Datasets.Count; index++)
        {
            DatasetIndex source = catalog.Datasets[index];
            var ofSource = new List<Reject>(source.Rejects);
            ofSource.AddRange(plan.Rejects.Where(reject => reject.Dataset == source.Name));
            for (int record = 0; record < source.RecordCount; record++)
            {
                if (whileMaking.TryGetValue((source.Name, source.RecordOrdinals[record]), out var found) && found.Times >= plan.Occurrences[index][record])
                    ofSource.Add(found.First);
            }

            all.AddRange(ofSource.OrderBy(reject => reject.Ordinal));
        }

        return all;
    }

    /// <summary>A dataset's records by where they went.</summary>
    /// <param name="catalog">The datasets.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="source">Index of the dataset.</param>
    /// <param name="rejects">All rejects of the blend.</param>
    public static RecordCounts Count(SourceCatalog catalog, BlendPlan plan, int source, IReadOnlyList<Reject> rejects)
    {
        DatasetIndex index = catalog.Datasets[source];
        Reject[] ofSource = [.. rejects.Where(reject => reject.Dataset == index.Name)];
        var byReason = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (Reject reject in ofSource)
            byReason[reject.Reason.ToName()] = byReason.GetValueOrDefault(reject.Reason.ToName()) + 1;
        HashSet<int> rejectedOrdinals = [.. ofSource.Select(reject => reject.Ordinal)];
        int drawn = 0;
        int notDrawn = 0;
        for (int record = 0; record < index.RecordCount; record++)
        {
            if (rejectedOrdinals.Contains(index.RecordOrdinals[record]))
                continue;
            if (plan.Occurrences[source][record] > 0)
                drawn++;
            else
                notDrawn++;
        }

        return new RecordCounts { Read = index.RecordsRead, Drawn = drawn, Rejected = byReason, NotDrawn = notDrawn, ImagesDropped = index.ImagesDropped };
    }
}
