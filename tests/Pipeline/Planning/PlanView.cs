using VisualChat.Pipeline.Planning;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Tests.Planning;

/// <summary>Plans as text, for literal expectations.</summary>
internal static class PlanView
{
    /// <summary>
    /// Each planned sample of a split in shard order: <c>entry#ordinal: part part</c>.
    /// </summary>
    public static string[] Samples(this BlendPlan plan, SourceCatalog catalog, Split? split = null) =>
        [.. plan.SampleNumbers(split).Select(sample => Text(plan, sample, catalog))];

    /// <summary>Each planned sample's parts, in shard order.</summary>
    public static PlannedPart[][] Parts(this BlendPlan plan, Split? split = null) =>
        [.. plan.SampleNumbers(split).Select(sample => plan.Samples.PartsOf(sample).ToArray())];

    private static IEnumerable<int> SampleNumbers(this BlendPlan plan, Split? split) =>
        plan.Shards
            .Where(shard => split is null || shard.Split == split)
            .SelectMany(shard => shard.Samples.ToArray());

    private static string Text(BlendPlan plan, int sample, SourceCatalog catalog)
    {
        string entry = plan.Entries[plan.Samples.EntryOf(sample)].Name;
        PlannedPart[] parts = plan.Samples.PartsOf(sample).ToArray();
        string text = string.Join(' ', parts.Select(part => Text(part, catalog)));
        return $"{entry}#{plan.Samples.OrdinalOf(sample)}: {text}";
    }

    private static string Text(PlannedPart part, SourceCatalog catalog)
    {
        string role = part.Role switch
        {
            PartRole.Begins => "",
            PartRole.Continues => "+",
            _ => $"?{part.FollowUpImage}",
        };
        return $"{role}{catalog.Datasets[part.Dataset].Reader.LabelOf(part.Record)}";
    }
}
