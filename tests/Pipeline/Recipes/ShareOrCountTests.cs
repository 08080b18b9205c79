using VisualChat.Pipeline.Recipes;

namespace VisualChat.Pipeline.Tests.Recipes;

public sealed class ShareOrCountTests
{
    [Theory]
    [InlineData(0, 1000, 0)]
    [InlineData(0.1, 1000, 100)]
    [InlineData(0.07, 100, 7)]
    [InlineData(0.1, 11, 2)]
    [InlineData(1, 50, 50)]
    [InlineData(2, 50, 2)]
    [InlineData(500, 50, 500)]
    public void Up_to_1_it_is_a_share_of_the_updates_and_above_their_number(
        double value, long updates, long expected) =>
        new ShareOrCount(value).UpdatesOf(updates).Should().Be(expected);
}
