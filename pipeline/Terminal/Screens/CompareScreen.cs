using Spectre.Console;
using VisualChat.Pipeline.Comparing;
using VisualChat.Pipeline.DataLoading;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Shards;
using VisualChat.Pipeline.Training.Progress;

namespace VisualChat.Pipeline.Terminal.Screens;

/// <summary>What <c>compare</c> shows of its plan and its results.</summary>
internal static class CompareScreen
{
    /// <summary>What will be trained, and what of it is there.</summary>
    public static void WritePlan(ComparisonReport report, TrainingShards shards, TextWriter output)
    {
        ComparisonPlan plan = report.Plan;
        int samples = shards.SamplesIn(ShardSet.Train);
        output.WriteLine();
        foreach (VariedKey key in plan.Keys)
            output.WriteLine($"Comparing {key.Key}: {PrintableText.Of(string.Join(", ", key.Values))}");
        output.WriteLine(
            $"{Counted(plan.Variants.Count, "variant")}, {Counted(plan.Seeds.Count, "seed")}: "
            + $"{Counted(plan.Runs.Count, "run")} over the same {samples:N0} samples. "
            + "A seed decides their order and what starts at random, alike for every variant.");
        string[] headings = ["updates", .. plan.Seeds.Select(seed => $"seed {seed}")];
        Table table = Screen.NewTable("variant", headings);
        foreach (Variant variant in plan.Variants)
        {
            TrainingSettings training = variant.Recipe.Training!;
            long updates = (long)training.Epochs * ((samples + training.Batch - 1) / training.Batch);
            table.AddRow(
            [
                Markup.Escape(PrintableText.Of(variant.Label)),
                $"{updates:N0}",
                .. report.Of(variant).Select(run => run.Ending),
            ]);
        }

        Screen.Of(output).Write(table);
    }

    /// <summary>The figures after training, over the seeds.</summary>
    public static void WriteResults(ComparisonReport report, TextWriter output)
    {
        string[] questions = report.HasAnswers ? ["questions right"] : [];
        string[] headings = ["evaluation loss", "tokens right", .. questions, "time", "memory", "finished"];
        Table table = Screen.NewTable("variant", headings);
        foreach (Variant variant in report.Plan.Variants)
        {
            IReadOnlyList<RunReport> runs = report.Of(variant);
            table.AddRow(
            [
                Markup.Escape(PrintableText.Of(variant.Label)),
                Text(report.Final(variant, run => run.Final?.Loss ?? double.NaN), TrainingText.Loss),
                Text(report.Final(variant, run => run.Final?.TokenAccuracy ?? double.NaN), TrainingText.Share),
                .. questions.Select(_ => Text(report.Final(variant, run => run.RightShare), TrainingText.Share)),
                Text(report.Final(variant, run => run.Final?.Seconds ?? double.NaN), Time),
                Text(report.Final(variant, run => run.Result?.PeakMemoryBytes ?? double.NaN), Gigabytes),
                $"{runs.Count(run => run.IsTrained)} of {runs.Count}",
            ]);
        }

        output.WriteLine();
        Screen.Of(output).Write(table);
        output.WriteLine("means ± standard deviations over the seeds, after training");

        static string Time(double seconds) => TrainingText.Time(TimeSpan.FromSeconds(seconds));

        static string Gigabytes(double bytes) => $"{bytes / 1e9:F2} GB";
    }

    private static string Counted(int number, string what) => $"{number:N0} {what}{(number == 1 ? "" : "s")}";

    private static string Text(Spread spread, Func<double, string> format)
    {
        if (spread.Count == 0)
            return "";
        string mean = format(spread.Mean);
        return double.IsFinite(spread.Deviation) ? $"{mean} ± {format(spread.Deviation)}" : mean;
    }
}
