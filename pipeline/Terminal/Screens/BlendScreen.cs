using System.Globalization;
using Spectre.Console;
using VisualChat.Pipeline.Blending;
using VisualChat.Pipeline.Shards;

namespace VisualChat.Pipeline.Terminal.Screens;

/// <summary>What <c>blend</c> prints for a person.</summary>
internal static class BlendScreen
{
    /// <summary>Prints a plan.</summary>
    public static void WritePlan(PlanReport plan, TextWriter output)
    {
        IAnsiConsole console = Screen.Of(output);
        Table sources = Screen.NewTable("source", "records", "drawn", "rejected", "not drawn", "conversations");
        foreach (PlanReport.Source source in plan.Sources)
            AddRow(sources, source.Name, source.Records, source.Drawn, source.Rejected.Values.Sum(), source.NotDrawn, source.Conversations);
        console.Write(sources);
        WriteRejects(plan.Sources.Select(source => (source.Name, source.Rejected)), output);

        Table entries = Screen.NewTable("entry", "conversations", "samples", "train", "validation", "images", "distinct");
        foreach (PlanReport.Entry entry in plan.Entries)
            AddRow(entries, entry.Name, entry.Conversations, entry.Samples, entry.Train, entry.Validation, entry.Images, entry.DistinctImages);
        AddRow(
            entries,
            "all",
            plan.Entries.Sum(entry => (long)entry.Conversations),
            plan.Entries.Sum(entry => (long)entry.Samples),
            plan.Entries.Sum(entry => (long)entry.Train),
            plan.Entries.Sum(entry => (long)entry.Validation),
            plan.Entries.Sum(entry => entry.Images),
            plan.DistinctImages);
        console.Write(entries);
        foreach (PlanReport.Split split in plan.Shards)
            output.WriteLine($"{split.Name}: {split.Samples:N0} samples in {split.Shards:N0} {(split.Shards == 1 ? "shard" : "shards")}");
        if (plan.StraddlingConversations > 0)
            output.WriteLine($"{plan.StraddlingConversations:N0} conversations are left out: their images are on both sides of the split");
    }

    /// <summary>Prints what a blend made.</summary>
    public static void WriteResult(Manifest manifest, OutputFolder folder, TextWriter output)
    {
        IAnsiConsole console = Screen.Of(output);
        Table datasets = Screen.NewTable("dataset", "samples", "turns", "images", "text tokens");
        foreach (ManifestEntry entry in manifest.Datasets)
            AddRow(datasets, entry.Name, entry.Counts.Samples, entry.Counts.Turns, entry.Counts.Images, entry.Counts.TextTokens);
        console.Write(datasets);
        Table sources = Screen.NewTable("source", "records read", "drawn", "rejected", "not drawn");
        foreach (ManifestSource source in manifest.Sources)
            AddRow(sources, source.Name, source.Records.Read, source.Records.Drawn, source.Records.Rejected.Values.Sum(), source.Records.NotDrawn);
        console.Write(sources);
        WriteRejects(manifest.Sources.Select(source => (source.Name, (IReadOnlyDictionary<string, int>)source.Records.Rejected)), output);
        foreach (ManifestSource source in manifest.Sources.Where(source => source.Records.ImagesDropped > 0))
            output.WriteLine($"{source.Name}: {source.Records.ImagesDropped:N0} missing images were dropped from records that have others");
        if (manifest.RoundsDropped > 0)
            output.WriteLine($"{manifest.RoundsDropped:N0} trailing rounds were cut off samples that were too long");
        if (manifest.StraddlingConversations > 0)
            output.WriteLine($"{manifest.StraddlingConversations:N0} conversations were not drawn: their images are on both sides of the split");
        output.WriteLine(
            $"{manifest.Shards.Sum(shard => (long)shard.Rows):N0} samples in {manifest.Shards.Count} shards, {manifest.Shards.Sum(shard => shard.Bytes) / 1e6:N1} MB: {folder.Root}");
    }

    private static void WriteRejects(IEnumerable<(string Name, IReadOnlyDictionary<string, int> Rejected)> sources, TextWriter output)
    {
        foreach ((string name, IReadOnlyDictionary<string, int> rejected) in sources.Where(source => source.Rejected.Count > 0))
            output.WriteLine($"{name}: {string.Join(", ", rejected.Select(reason => $"{reason.Value:N0} {reason.Key}"))}");
    }

    private static void AddRow(Table table, string name, params long[] figures) =>
        table.AddRow([Markup.Escape(name), .. figures.Select(figure => figure.ToString("N0", CultureInfo.InvariantCulture))]);
}
