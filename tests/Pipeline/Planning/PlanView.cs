using VisualChat.Pipeline.Planning;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Tests.Planning;

/// <summary>Plans as text, for literal expectations.</summary>
internal static class PlanView
{
    /// <summary>Each planned sample of a split in shard order: <c>entry#ordinal: part part</c>.</summary>
    public static string[] Samples(this BlendPlan plan, SourceCatalog catalog, Split? split = null) =>
    [
        .. plan.Shards.Where(shard => split is null || shard.Split == split)
            .SelectMany(shard => shard.Samples.ToArray())
            .Select(sample => $"{plan.Entries[plan.Samples.EntryOf(sample)].Name}#{plan.Samples.OrdinalOf(sample)}: "
                + string.Join(' ', plan.Samples.PartsOf(sample).ToArray().Select(part => Text(part, catalog)))),
    ];

    /// <summary>Each planned sample's parts, in shard order.</summary>
    public static PlannedPart[][] Parts(this BlendPlan plan, Split? split = null) =>
    [
        .. plan.Shards.Where(shard => split is null || shard.Split == split)
            .SelectMany(shard => shard.Samples.ToArray())
            .Select(sample => plan.Samples.PartsOf(sample).ToArray()),
    ];

    private static string Text(PlannedPart part, SourceCatalog catalog)
    {
        string role = part.Role switch { PartRole.Begins => "", PartRole.Continues => "+", _ => $"?{part.FollowUpImage}" };
        return $"{role}{catalog.Datasets[part.Source].Reader.LabelOf(part.Record)}";
    }
}
