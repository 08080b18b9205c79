using System.Diagnostics;
using System.Security.Cryptography;
using VisualChat.Pipeline.Randomness;
using Xunit.Abstractions;

namespace VisualChat.Integration.Tests;

/// <summary>Kills real processes (SIGKILL) at random moments.</summary>
[Trait("Category", "Slow")]
public sealed class KilledProcessTests(ITestOutputHelper output)
{
    private const int Kills = 40;

    [Fact]
    public void A_blend_killed_at_many_moments_ends_with_the_bytes_of_one_never_killed()
    {
        using TestFolder folder = SampleBlend.Make(300);
        string[] blend = ["blend", SampleBlend.Recipe, "--data", SampleBlend.World, "--workers", "2", "--out"];
        VisualChatProgram.Run(folder, [.. blend, "whole"]).ShouldExitWith(0);
        Dictionary<string, string> whole = ShardHashes(folder, "whole");
        whole.Count.Should().BeGreaterThan(5);
        var clock = Stopwatch.StartNew();
        VisualChatProgram.Run(folder, [.. blend, "again"]).ShouldExitWith(0);
        int wholeMilliseconds = (int)clock.ElapsedMilliseconds;

        // Moments are drawn within the time a blend takes from nothing, which other tests on the
        // machine make longer or shorter.
        int kills = 0, shardsSeen = 0;
        var random = new KeyedRandom(TestSeed.Draw(output), "kills", 0, "moments");
        for (int attempt = 0; attempt < 6 * Kills && kills < Kills; attempt++)
        {
            bool isFromNothing = !Directory.Exists(folder.File("killed"));
            clock.Restart();
            using Process process = VisualChatProgram.Start(folder, [.. blend, "killed"]);
            if (process.WaitForExit(random.Next(wholeMilliseconds)))
            {
                // It ended before its moment came: start over, so that every kill hits work.
                folder.HashesOf("killed").Should().Equal(folder.HashesOf("whole"));
                Directory.Delete(folder.File("killed"), recursive: true);
                if (isFromNothing)
                    wholeMilliseconds = (int)clock.ElapsedMilliseconds;
                continue;
            }

            process.Kill();
            process.WaitForExit();
            kills++;
            foreach ((string shard, string hash) in ShardHashes(folder, "killed"))
            {
                hash.Should().Be(whole[shard], "a shard under its final name is whole, whenever the process died");
                shardsSeen++;
            }
        }

        kills.Should().Be(Kills);
        shardsSeen.Should().BePositive("some kills leave finished shards behind");
        VisualChatProgram.Run(folder, [.. blend, "killed"]).ShouldExitWith(0);
        folder.HashesOf("killed").Should().Equal(folder.HashesOf("whole"));
    }

    private static Dictionary<string, string> ShardHashes(TestFolder folder, string blend)
    {
        string data = folder.File($"{blend}/data");
        return !Directory.Exists(data) ? [] : Directory.GetFiles(data).ToDictionary(
            file => Path.GetFileName(file),
            file => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file))));
    }
}
