using VisualChat.Pipeline.Inspection;
using VisualChat.Pipeline.Samples;

namespace VisualChat.Pipeline.Tests.Inspection;

public sealed class SplitSummarizerTests
{
    [Fact]
    public void Samples_are_counted_by_recipe_entry_and_rounds_by_source()
    {
        var summarizer = new SplitSummarizer();
        string[] rounds = ["llava", "llava", "cgd"];
        summarizer.Add(new RowSummary("b-0", "blend", ["llava", "cgd"], rounds, [1, 0, 1], 50, 564, 2));
        summarizer.Add(new RowSummary("b-1", "blend", ["cgd"], ["cgd"], [2], 30, 544, 2));
        summarizer.Add(new RowSummary("l-0", "llava", ["llava"], ["llava"], [1], 20, 277, 1));

        SplitSummary summary = summarizer.Finish("train", 1, 1000);

        summary.Total.Should().Be(new DatasetSummary("all", 3, 5, 5, new TokenPercentiles(277, 544, 564, 564)));
        summary.Datasets.Should().Equal(
            new DatasetSummary("blend", 2, 4, 4, new TokenPercentiles(544, 544, 564, 564)),
            new DatasetSummary("llava", 1, 1, 1, new TokenPercentiles(277, 277, 277, 277)));
        summary.Sources.Should().Equal(new SourceSummary("cgd", 2, 2, 3), new SourceSummary("llava", 2, 3, 2));
    }

    [Fact]
    public void Percentiles_are_lengths_that_samples_have()
    {
        int[] lengths = [.. Enumerable.Range(1, 100)];

        TokenPercentiles.Of(lengths).Should().Be(new TokenPercentiles(5, 50, 95, 100));
        TokenPercentiles.Of([7]).Should().Be(new TokenPercentiles(7, 7, 7, 7));
        TokenPercentiles.Of([]).Should().Be(new TokenPercentiles(0, 0, 0, 0));
    }

    [Fact]
    public void The_histogram_has_round_bars_without_empty_ends()
    {
        var summarizer = new SplitSummarizer();
        foreach (int length in new[] { 310, 399, 400, 1999 })
            summarizer.Add(new RowSummary("", "llava", ["llava"], ["llava"], [0], 0, length, 0));

        IReadOnlyList<LengthBin> bins = summarizer.Finish("train", 1, 0).Lengths;

        bins[0].Should().Be(new LengthBin(200, 399, 2));
        bins[1].Should().Be(new LengthBin(400, 599, 1));
        bins[^1].Should().Be(new LengthBin(1800, 1999, 1));
        bins.Should().HaveCount(9);
    }

    [Fact]
    public void A_split_without_samples_has_no_bars() =>
        new SplitSummarizer().Finish("validation", 1, 0).Lengths.Should().BeEmpty();
}
