using VisualChat.Pipeline.Blending;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Tests.Launching;

namespace VisualChat.Pipeline.Tests.Blending;

/// <summary>What <c>--partition</c> may say.</summary>
public sealed class PartitionTests
{
    [Theory]
    [InlineData("3/8", "", 3, 8)]
    [InlineData("3/8", "RANK=0 WORLD_SIZE=2", 3, 8)]
    [InlineData("auto", "RANK=0 WORLD_SIZE=2", 1, 2)]
    [InlineData("auto/8", "JOB_COMPLETION_INDEX=7", 8, 8)]
    [InlineData("auto/16", "RANK=1 WORLD_SIZE=2", 2, 16)]
    public void A_share_is_written_or_claimed(string text, string variables, int number, int count) =>
        Partition.Parse(text, LaunchEnvironmentTests.Of(variables)).Should().Be(new Partition(number, count));

    [Theory]
    [InlineData("0/8")]
    [InlineData("9/8")]
    [InlineData("3")]
    [InlineData("auto/0")]
    [InlineData("auto/")]
    [InlineData("Auto")]
    [InlineData("auto/8/1")]
    public void What_is_no_share_is_refused(string text) =>
        Refusal(text, "RANK=0 WORLD_SIZE=2").Should().StartWith($"--partition '{text}' is no share of the shards;");

    [Fact]
    public void A_claim_without_a_launcher_says_what_was_looked_for() =>
        Refusal("auto", "").Should().Contain("no launcher says which process this is").And.Contain(
            "SLURM_ARRAY_TASK_ID");

    [Fact]
    public void A_claim_without_a_count_asks_for_it() =>
        Refusal("auto", "JOB_COMPLETION_INDEX=7").Should().Contain("process 7 (from 0)").And.Contain("auto/N");

    [Fact]
    public void A_process_beyond_the_shares_is_refused() =>
        Refusal("auto/8", "JOB_COMPLETION_INDEX=8").Should().Contain("Number them from 0 to 7.");

    private static string Refusal(string text, string variables)
    {
        Action parsing = () => Partition.Parse(text, LaunchEnvironmentTests.Of(variables));
        return parsing.Should().Throw<InputException>().Which.Message;
    }
}
