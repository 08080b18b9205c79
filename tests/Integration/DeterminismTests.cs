namespace VisualChat.Integration.Tests;

public sealed class DeterminismTests
{
    [Fact]
    public void One_two_and_eight_workers_and_partitions_make_the_same_bytes()
    {
        using TestFolder folder = SampleBlend.Make(200);
        foreach (string workers in new[] { "1", "2", "8" })
            Blend(folder, $"out-{workers}", SampleBlend.Recipe, "--workers", workers).ShouldExitWith(0);
        foreach (string partition in new[] { "2/3", "3/3", "1/3" })
            Blend(folder, "out-partitions", SampleBlend.Recipe, "--partition", partition).ShouldExitWith(0);
        File.Exists(folder.File("out-partitions/manifest.json"))
            .Should().BeFalse("only a blend of everything knows that everything is there");
        Blend(folder, "out-partitions").ShouldExitWith(0);

        string[] expected = folder.HashesOf("out-1");
        expected.Count(file => file.Contains(".parquet", StringComparison.Ordinal)).Should().BeGreaterThanOrEqualTo(4);
        folder.HashesOf("out-2").Should().Equal(expected);
        folder.HashesOf("out-8").Should().Equal(expected);
        folder.HashesOf("out-partitions").Should().Equal(expected);
    }

    [Fact]
    public void A_second_run_changes_nothing_and_a_damaged_or_missing_shard_is_made_again()
    {
        using TestFolder folder = SampleBlend.Make(100);
        Blend(folder, "out").ShouldExitWith(0);
        string[] expected = folder.HashesOf("out");

        Blend(folder, "out").ShouldExitWith(0);
        folder.HashesOf("out").Should().Equal(expected);

        string[] shards = Directory.GetFiles(folder.File("out/data"));
        File.Delete(shards[0]);
        byte[] damaged = File.ReadAllBytes(shards[1]);
        damaged[damaged.Length / 2] ^= 1;
        File.WriteAllBytes(shards[1], damaged);
        Blend(folder, "out").ShouldExitWith(0);
        folder.HashesOf("out").Should().Equal(expected);
    }

    [Fact]
    public void Shards_of_another_recipe_are_never_mixed_or_overwritten_unless_asked()
    {
        using TestFolder folder = SampleBlend.Make(60);
        Blend(folder, "out").ShouldExitWith(0);
        string[] before = folder.HashesOf("out");
        SampleBlend.WriteRecipe(folder, "other.yaml", seed: 4);

        Blend(folder, "out", "other.yaml").ShouldExitWith(2)
            .Error.Should().Contain("holds shards of another recipe").And.Contain("--fresh");
        folder.HashesOf("out").Should().Equal(before);

        Blend(folder, "out", "other.yaml", "--fresh").ShouldExitWith(0);
        Blend(folder, "new", "other.yaml").ShouldExitWith(0);
        folder.HashesOf("out").Should().Equal(folder.HashesOf("new"));
    }

    private static ProgramResult Blend(
        TestFolder folder, string output, string recipe = SampleBlend.Recipe, params string[] more) =>
        VisualChatProgram.Run(folder, ["blend", recipe, "--data", SampleBlend.World, "--out", output, .. more]);
}
