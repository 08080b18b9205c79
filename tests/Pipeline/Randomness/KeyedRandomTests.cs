using VisualChat.Pipeline.Randomness;

namespace VisualChat.Pipeline.Tests.Randomness;

public sealed class KeyedRandomTests
{
    /// <summary>Every shard ever made depends on these numbers.</summary>
    [Fact]
    public void A_key_gives_the_same_numbers_for_ever()
    {
        var random = new KeyedRandom(1234, "llava", 7, "order");

        random.NextBits().Should().Be(10966222031363028998UL);
        random.NextBits().Should().Be(5731329657895667597UL);
        random.NextBits().Should().Be(13641085251997488199UL);
    }

    [Fact]
    public void Each_part_of_the_key_changes_the_numbers()
    {
        ulong[] first =
        [
            new KeyedRandom(1234, "llava", 7, "order").NextBits(),
            new KeyedRandom(1235, "llava", 7, "order").NextBits(),
            new KeyedRandom(1234, "llava_dial", 7, "order").NextBits(),
            new KeyedRandom(1234, "llava", 8, "order").NextBits(),
            new KeyedRandom(1234, "llava", 7, "group").NextBits(),
        ];

        first.Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public void Bounded_numbers_are_uniform()
    {
        var counts = new int[6];
        for (int ordinal = 0; ordinal < 60_000; ordinal++)
            counts[new KeyedRandom(1, "dice", ordinal, "throw").Next(6)]++;

        // Chi-squared with 5 degrees of freedom: one in a thousand sets of throws exceeds 20.5, and
        // these throws never change.
        counts.Sum(count => Math.Pow(count - 10_000, 2) / 10_000).Should().BeLessThan(20.5);
    }

    [Fact]
    public void A_shuffle_keeps_every_item()
    {
        int[] items = [.. Enumerable.Range(0, 100)];
        var random = new KeyedRandom(1, "cards", 0, "shuffle");

        random.Shuffle<int>(items);

        items.Should().NotEqual(Enumerable.Range(0, 100)).And.BeEquivalentTo(Enumerable.Range(0, 100));
    }
}
