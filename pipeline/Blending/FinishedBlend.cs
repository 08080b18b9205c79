using VisualChat.Pipeline.Shards;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Blending;

/// <summary>A blend whose shards are all there.</summary>
/// <param name="Manifest">What the folder holds.</param>
/// <param name="Rejects">Every record left out, as <c>rejects.jsonl</c> lists them.</param>
internal sealed record FinishedBlend(Manifest Manifest, IReadOnlyList<Reject> Rejects)
{
    /// <summary>Samples in the shards.</summary>
    public long Samples => Manifest.Shards.Sum(shard => (long)shard.Rows);

    /// <summary>
    /// What a person should know before training on it: each entry and each dataset that gave
    /// nothing, and why.
    /// </summary>
    /// <param name="catalog">The datasets that were blended.</param>
    public IEnumerable<string> Warnings(SourceCatalog catalog)
    {
        for (int index = 0; index < catalog.Datasets.Count; index++)
        {
            RecordCounts records = Manifest.Sources[index].Records;
            if (records.Drawn == 0 && records.NotDrawn == 0)
            {
                DatasetIndex dataset = catalog.Datasets[index];
                yield return RejectSummary.NothingUsable(
                    dataset.Name, records.Read, RejectSummary.Of(dataset, Rejects));
            }
        }

        foreach (ManifestEntry entry in Manifest.Datasets.Where(entry => entry.Counts.Samples == 0))
            yield return $"the entry '{entry.Name}' has no sample in this blend";
    }
}
