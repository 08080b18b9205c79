using System.Diagnostics;
using System.Text.Json;
using VisualChat.Pipeline.Randomness;
using Xunit.Abstractions;

namespace VisualChat.Integration.Tests;

/// <summary>Whole comparisons, one of them killed (SIGKILL) at random moments.</summary>
[Trait("Category", "Slow")]
public sealed class ComparisonTests(ITestOutputHelper output)
{
    private const int Kills = 3;

    // Neither repeats from run to run.
    private static readonly string[] Measured = ["train_seconds", "peak_memory_bytes"];

    [Fact]
    public void Variants_of_a_seed_see_the_same_samples_and_a_killed_comparison_ends_as_one_that_was_not()
    {
        using TestFolder folder = SampleTraining.Make();
        Compare(folder, "whole").ShouldExitWith(0);
        string[][] whole = Rows(folder, "whole");
        whole.Skip(1).Select(row => row[0]).Distinct().Should().Equal("mmca", "causal");
        whole.Skip(1).Select(row => row[^2]).Distinct().Should().Equal("done");

        // What an update saw is told by its images, labels and positions.
        Seen("mmca", 5).Should().HaveCountGreaterThan(15).And.Equal(Seen("causal", 5));
        Seen("mmca", 6).Should().Equal(Seen("causal", 6)).And.NotEqual(Seen("mmca", 5));

        // A run is what train makes of the same recipe: asking it questions changes nothing.
        string[] settings = ["--set", "model.attention=causal", "--set", "training.seed=6"];
        VisualChatProgram.Run(
            folder, ["train", SampleTraining.Recipe, "--shards", "whole/shards", "--out", "alone", .. settings])
            .ShouldExitWith(0);
        SampleTraining.LossesOf(folder, "whole/runs/causal/seed-6")
            .Should().Equal(SampleTraining.LossesOf(folder, "alone"));

        var random = new KeyedRandom(TestSeed.Draw(output), "kills", 0, "milliseconds");
        for (int kill = 0; kill < Kills; kill++)
        {
            using Process process = VisualChatProgram.Start(folder, Arguments("killed", "whole/shards"));
            Task<string> text = process.StandardError.ReadToEndAsync();
            bool hasEnded = process.WaitForExit(random.NextInclusive(3_000, 9_000));
            process.Kill();
            process.WaitForExit();
            output.WriteLine(hasEnded ? "it had ended" : "killed");
        }

        VisualChatProgram.Run(folder, Arguments("killed", "whole/shards")).ShouldExitWith(0);
        Rows(folder, "killed").Should().BeEquivalentTo(whole, options => options.WithStrictOrdering());

        // Finished runs are not repeated.
        DateTime before = Newest(folder.File("killed/runs"));
        VisualChatProgram.Run(folder, Arguments("killed", "whole/shards")).ShouldExitWith(0);
        Newest(folder.File("killed/runs")).Should().Be(before);
        VisualChatProgram.Run(folder, [.. Arguments("killed", "whole/shards"), "--set", "training.batch=3"])
            .ShouldExitWith(2).Error.Should().Contain("is of another training: training.batch was 6 and is 3");

        string[] Seen(string variant, int seed) =>
        [
            .. File.ReadLines(folder.File($"whole/runs/{variant}/seed-{seed}/training.jsonl"))
                .Select(line => JsonDocument.Parse(line).RootElement)
                .Where(line => line.GetProperty("kind").GetString() == "step")
                .Select(line => $"{line.GetProperty("samples")} {line.GetProperty("images")} "
                    + $"{line.GetProperty("label_tokens")} {line.GetProperty("positions")}"),
        ];
    }

    [Fact]
    public void A_variant_that_diverges_is_noted_and_the_others_are_trained()
    {
        using TestFolder folder = SampleTraining.Make();

        ProgramResult result = VisualChatProgram.Run(
            folder, "compare", SampleTraining.Recipe, "--vary", "training.learning_rate=1.0e-3,1.0e30", "--seeds", "1",
            "--out", "out", "--device", "cpu", "--set", "training.epochs=2");

        result.ShouldExitWith(0).Error.Should().Contain("1.0e30, seed 5 diverged: The ");
        string[][] rows = Rows(folder, "out");
        rows.Where(row => row[0] == "1.0e-3").Select(row => row[^2]).Distinct().Should().Equal("done");
        rows.Where(row => row[0] == "1.0e30").Select(row => row[^2]).Distinct().Should().Equal("diverged");
        rows[^1][^1].Should().Contain("was not finite");
        File.ReadAllText(folder.File("out/compare.html")).Should().Contain("\"ending\":\"diverged\"");
    }

    private static ProgramResult Compare(TestFolder folder, string name) =>
        VisualChatProgram.Run(folder, Arguments(name));

    private static string[] Arguments(string name, string? shards = null) =>
    [
        "compare", SampleTraining.Recipe, "--vary", "model.attention=mmca,causal", "--seeds", "2", "--out", name,
        "--device", "cpu", .. shards is null ? Array.Empty<string>() : ["--shards", shards],
    ];

    /// <summary>The table's rows, without what differs from run to run.</summary>
    private static string[][] Rows(TestFolder folder, string name)
    {
        string[][] all = [.. File.ReadLines(folder.File($"{name}/compare.csv")).Select(Cells)];
        int[] kept = [.. Enumerable.Range(0, all[0].Length).Where(column => !Measured.Contains(all[0][column]))];
        return [.. all.Select(row => kept.Select(column => row[column]).ToArray())];
    }

    // A note may have commas, within quotes.
    private static string[] Cells(string row)
    {
        string[] parts = row.Split('"');
        return parts.Length == 1 ? row.Split(',') : [.. parts[0].TrimEnd(',').Split(','), parts[1]];
    }

    private static DateTime Newest(string folder) =>
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Max(File.GetLastWriteTimeUtc);
}
