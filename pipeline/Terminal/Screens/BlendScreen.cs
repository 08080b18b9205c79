using Spectre.Console;
using VisualChat.Pipeline.Blending;
using VisualChat.Pipeline.Planning;
using VisualChat.Pipeline.Shards;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Terminal.Screens;

/// <summary>What <c>blend</c> shows a person: a plan, or what was made of it.</summary>
internal static class BlendScreen
{
    public static void WritePlan(PlanReport plan, RecipeBlend blend, TextWriter output)
    {
        IAnsiConsole console = Screen.Of(output);
        console.Write(SourcesOf(plan));
        WriteRejects(blend.Catalog, BlendAccounting.Rejects(blend.Catalog, blend.Plan, []), output);
        Screen.WriteMended(blend.Catalog.Datasets.Select(dataset => (dataset.Name, dataset.Mended)), output);
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

    public static void WriteResult(
        FinishedBlend finished, SourceCatalog catalog, OutputFolder folder, TextWriter output)
    {
        Manifest manifest = finished.Manifest;
        IAnsiConsole console = Screen.Of(output);
        console.Write(EntriesOf(manifest));
        console.Write(SourcesOf(manifest));
        WriteRejects(catalog, finished.Rejects, output);
        Screen.WriteMended(catalog.Datasets.Select(dataset => (dataset.Name, dataset.Mended)), output);
        foreach (ManifestSource source in manifest.Sources.Where(source => source.Records.ImagesDropped > 0))
        {
            output.WriteLine(
                $"{source.Name}: {source.Records.ImagesDropped:N0} missing images were dropped "
                + "from records that have others");
        }

        if (manifest.RoundsDropped > 0)
            output.WriteLine($"{manifest.RoundsDropped:N0} trailing rounds were cut off samples that were too long");
        if (manifest.AnswersCut > 0)
            output.WriteLine($"{manifest.AnswersCut:N0} answers lost their end to data.max_turn_tokens");
        if (manifest.StraddlingConversations > 0)
        {
            output.WriteLine(
                $"{manifest.StraddlingConversations:N0} conversations were not drawn: "
                + "their images are on both sides of the split");
        }

        double megabytes = manifest.Shards.Sum(shard => shard.Bytes) / 1e6;
        output.WriteLine(
            $"{finished.Samples:N0} samples in {manifest.Shards.Count} shards, {megabytes:N1} MB: {folder.Root}");
    }

    /// <summary>Writes what <see cref="FinishedBlend.Warnings"/> says.</summary>
    public static void WriteWarnings(FinishedBlend finished, SourceCatalog catalog, TextWriter error)
    {
        foreach (string warning in finished.Warnings(catalog))
            error.WriteLine($"warning: {PrintableText.Of(warning)}.");
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

    /// <summary>
    /// A line for each dataset and reason: how many records, and the first of them.
    /// </summary>
    private static void WriteRejects(SourceCatalog catalog, IReadOnlyList<Reject> rejects, TextWriter output)
    {
        foreach (DatasetIndex dataset in catalog.Datasets)
        {
            foreach (RejectSummary summary in RejectSummary.Of(dataset, rejects))
                output.WriteLine(PrintableText.Of($"{dataset.Name}: {summary}"));
        }
    }
}
