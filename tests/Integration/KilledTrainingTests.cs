using System.Diagnostics;
using VisualChat.Pipeline.Randomness;
using Xunit.Abstractions;

namespace VisualChat.Integration.Tests;

/// <summary>Kills real trainings (SIGKILL) at random moments.</summary>
[Trait("Category", "Slow")]
public sealed class KilledTrainingTests(ITestOutputHelper output)
{
    private const int Kills = 5;

    [Fact]
    public void A_training_killed_at_random_steps_and_resumed_has_the_losses_and_weights_of_one_never_killed()
    {
        using TestFolder folder = SampleTraining.Make();
        VisualChatProgram.Run(folder, "train", SampleTraining.Recipe, "--out", "whole").ShouldExitWith(0);
        string[] whole = SampleTraining.LossesOf(folder, "whole");
        whole.Should().HaveCountGreaterThan(15);

        var random = new KeyedRandom(TestSeed.Draw(output), "kills", 0, "steps");
        int kills = 0;
        for (int attempt = 0; attempt < 4 * Kills && kills < Kills; attempt++)
        {
            // Steps are counted as they are printed, so a kill falls between two of them, or into
            // the writing of a checkpoint.
            using Process process = VisualChatProgram.Start(
                folder, "train", SampleTraining.Recipe, "--out", "killed", "--json");
            int lines = random.NextInclusive(1, 9);
            string? line = "";
            while (lines-- > 0 && line is not null)
                line = process.StandardOutput.ReadLine();
            kills += line is null ? 0 : 1;
            process.Kill();
            process.WaitForExit();
        }

        kills.Should().Be(Kills);
        VisualChatProgram.Run(folder, "train", SampleTraining.Recipe, "--out", "killed").ShouldExitWith(0);
        SampleTraining.LossesOf(folder, "killed").Should().Equal(whole);
        foreach (string file in new[] { "model.safetensors", "optimizer.safetensors" })
        {
            Newest("killed", file).Should().Equal(Newest("whole", file), "{0} is the same bit by bit", file);
        }

        byte[] Newest(string run, string file) =>
            File.ReadAllBytes(Path.Combine(SampleTraining.NewestCheckpoint(folder, run), file));
    }
}
