using VisualChat.Pipeline.DataLoading;

namespace VisualChat.Pipeline.Tests.DataLoading;

public sealed class OrderedCutTests
{
    [Fact]
    public void A_pass_is_filled_until_the_next_sample_does_not_fit() =>
        Cut(10, 4, 6, 1, 9, 1).Should().Be("4 6 | 1 9 | 1");

    [Fact]
    public void A_sample_longer_than_the_limit_is_a_pass_of_its_own() =>
        Cut(10, 25, 4, 25, 5).Should().Be("25 | 4 | 25 | 5");

    [Fact]
    public void Nothing_is_no_pass() => Cut(10).Should().Be("");

    // The samples by their lengths.
    private static string Cut(int limit, params int[] positions)
    {
        IReadOnlyList<int[]> passes = new OrderedCut(limit).Of(positions);
        return string.Join(" | ", passes.Select(pass => string.Join(' ', pass.Select(index => positions[index]))));
    }
}
