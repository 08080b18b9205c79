using Spectre.Console;
using VisualChat.Pipeline.Planning;
using VisualChat.Pipeline.Shards;

namespace VisualChat.Pipeline.Terminal.Screens;

/// <summary>What <c>blend</c> shows a person: a plan, or what was made of it.</summary>
internal static class BlendScreen
{
    public static void WritePlan(PlanReport plan, TextWriter output)
    {
        IAnsiConsole console = Screen.Of(output);
        console.Write(SourcesOf(plan));
        WriteRejects(plan.Sources.Select(source => (source.Name, source.Rejected)), output);
        console.Write(EntriesOf(plan));
        foreach (PlanReport.Split split in plan.Shards)
        {
            string shards = split.Shards == 1 ? "shard" : "shards";
            output.WriteLine($"{split.Name}: {split.Samples:N0} samples in {split.Shards:N0} {shards}");
        }

        if (plan.StraddlingConversations > 0)
        {
            output.WriteLine(
                $"{plan.StraddlingConversations:N0} conversations are left out: "
                + "their images are on both sides of the split");
        }
    }

    public static void WriteResult(Manifest manifest, OutputFolder folder, TextWriter output)
    {
        IAnsiConsole console = Screen.Of(output);
        console.Write(EntriesOf(manifest));
        console.Write(SourcesOf(manifest));
        WriteRejects(
            manifest.Sources.Select(source =>
                (source.Name, (IReadOnlyDictionary<string, int>)source.Records.Rejected)),
            output);
        foreach (ManifestSource source in manifest.Sources.Where(source => source.Records.ImagesDropped > 0))
        {
            output.WriteLine(
                $"{source.Name}: {source.Records.ImagesDropped:N0} missing images were dropped "
                + "from records that have others");
        }

        if (manifest.RoundsDropped > 0)
            output.WriteLine($"{manifest.RoundsDropped:N0} trailing rounds were cut off samples that were too long");
        if (manifest.StraddlingConversations > 0)
        {
            output.WriteLine(
                $"{manifest.StraddlingConversations:N0} conversations were not drawn: "
                + "their images are on both sides of the split");
        }

        long samples = manifest.Shards.Sum(shard => (long)shard.Rows);
        double megabytes = manifest.Shards.Sum(shard => shard.Bytes) / 1e6;
        output.WriteLine($"{samples:N0} samples in {manifest.Shards.Count} shards, {megabytes:N1} MB: {folder.Root}");
    }

    private static Table SourcesOf(PlanReport plan)
    {
        Table table = Screen.NewTable("source", "records", "drawn", "rejected", "not drawn", "conversations");
        foreach (PlanReport.Source source in plan.Sources)
        {
            table.AddRow(
                source.Name,
                source.Records,
                source.Drawn,
                source.Rejected.Values.Sum(),
                source.NotDrawn,
                source.Conversations);
        }

        return table;
    }

    private static Table EntriesOf(PlanReport plan)
    {
        Table table = Screen.NewTable(
            "entry", "conversations", "samples", "train", "validation", "images", "distinct");
        foreach (PlanReport.Entry entry in plan.Entries)
        {
            table.AddRow(
                entry.Name,
                entry.Conversations,
                entry.Samples,
                entry.Train,
                entry.Validation,
                entry.Images,
                entry.DistinctImages);
        }

        table.AddRow(
            "all",
            plan.Entries.Sum(entry => (long)entry.Conversations),
            plan.Entries.Sum(entry => (long)entry.Samples),
            plan.Entries.Sum(entry => (long)entry.Train),
            plan.Entries.Sum(entry => (long)entry.Validation),
            plan.Entries.Sum(entry => entry.Images),
            plan.DistinctImages);
        return table;
    }

    private static Table EntriesOf(Manifest manifest)
    {
        Table table = Screen.NewTable("dataset", "samples", "turns", "images", "text tokens");
        foreach (ManifestEntry entry in manifest.Datasets)
        {
            table.AddRow(
                entry.Name,
                entry.Counts.Samples,
                entry.Counts.Rounds,
                entry.Counts.Images,
                entry.Counts.TextTokens);
        }

        return table;
    }

    private static Table SourcesOf(Manifest manifest)
    {
        Table table = Screen.NewTable("source", "records read", "drawn", "rejected", "not drawn");
        foreach (ManifestSource source in manifest.Sources)
        {
            table.AddRow(
                source.Name,
                source.Records.Read,
                source.Records.Drawn,
                source.Records.Rejected.Values.Sum(),
                source.Records.NotDrawn);
        }

        return table;
    }

    private static void WriteRejects(
        IEnumerable<(string Name, IReadOnlyDictionary<string, int> Rejected)> sources, TextWriter output)
    {
        foreach ((string name, IReadOnlyDictionary<string, int> rejected) in sources)
        {
            IEnumerable<string> reasons = rejected.Select(reason => $"{reason.Value:N0} {reason.Key}");
            if (rejected.Count > 0)
                output.WriteLine($"{name}: {string.Join(", ", reasons)}");
        }
    }
}
