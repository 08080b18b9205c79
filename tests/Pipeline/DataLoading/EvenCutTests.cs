using VisualChat.Pipeline.DataLoading;
using VisualChat.Pipeline.Randomness;

namespace VisualChat.Pipeline.Tests.DataLoading;

public sealed class EvenCutTests
{
    [Fact]
    public void Samples_share_as_few_passes_as_the_limit_allows_and_these_are_even() =>
        Cut(12, 2, 8, 3, 7, 1).Should().Be("2 8 1 | 3 7");

    [Fact]
    public void What_does_not_fit_when_the_longest_go_first_fits_after_an_exchange() =>
        // The longest first: 3 2 2 and 3 2.
        Cut(6, 3, 3, 2, 2, 2).Should().Be("3 3 | 2 2 2");

    [Fact]
    public void A_pass_has_its_samples_in_order_and_passes_come_in_the_order_of_their_first_samples() =>
        Cut(12, 1, 9, 2, 8, 3).Should().Be("1 9 2 | 8 3");

    [Fact]
    public void A_sample_longer_than_the_limit_is_a_pass_of_its_own() =>
        Cut(10, 4, 25, 5, 11).Should().Be("4 5 | 25 | 11");

    [Fact]
    public void A_sample_as_long_as_the_limit_fills_a_pass() => Cut(10, 10, 10, 3).Should().Be("10 | 10 | 3");

    [Fact]
    public void Nothing_is_no_pass() => Cut(10).Should().Be("");

    [Fact]
    public void An_update_like_the_papers_is_cut_into_passes_that_differ_by_little()
    {
        var random = new KeyedRandom(1, "lengths", 0, "");
        int[] positions = [.. Enumerable.Range(0, 128).Select(_ => 300 + random.Next(2000))];
        int[][] passes = [.. new EvenCut(8192).Of(positions)];
        int[] sums = [.. passes.Select(pass => pass.Sum(sample => positions[sample]))];

        passes.SelectMany(pass => pass).Order().Should().Equal(Enumerable.Range(0, 128));
        passes.Should().HaveCount((positions.Sum() + 8191) / 8192);
        sums.Max().Should().BeLessThanOrEqualTo(8192);
        (sums.Max() - sums.Min()).Should().BeLessThan(100);
    }

    // The samples by their lengths.
    private static string Cut(int limit, params int[] positions)
    {
        IReadOnlyList<int[]> passes = new EvenCut(limit).Of(positions);
        return string.Join(" | ", passes.Select(pass => string.Join(' ', pass.Select(index => positions[index]))));
    }
}
