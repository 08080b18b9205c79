using System.Diagnostics;
using System.Text.Json;
using VisualChat.Pipeline.Randomness;
using Xunit.Abstractions;

namespace VisualChat.Integration.Tests;

/// <summary>Answers to a file of questions, by the program as a process.</summary>
public sealed class GenerateTests(TrainedModel model, ITestOutputHelper output) : IClassFixture<TrainedModel>
{
    private const int Kills = 4;

    [Fact]
    public void A_run_killed_at_random_moments_and_run_again_ends_with_the_same_bytes()
    {
        Generate("whole.csv").ShouldExitWith(0);
        byte[] whole = File.ReadAllBytes(model.Folder.File("whole.csv"));
        byte[] lines = File.ReadAllBytes(model.Folder.File("whole.jsonl"));
        long progress = new FileInfo(model.Folder.File("whole.progress.jsonl")).Length;

        var random = new KeyedRandom(TestSeed.Draw(output), "kills", 0, "bytes");
        var killed = new FileInfo(model.Folder.File("killed.progress.jsonl"));
        int kills = 0;
        for (int kill = 0; kill < Kills; kill++)
        {
            using Process process = VisualChatProgram.Start(model.Folder, Arguments("killed.csv"));
            long until = Math.Max(1, progress * (kill + 1) / (Kills + 1) - random.NextInclusive(0, 200));
            while (!process.HasExited && (!killed.Exists || killed.Length < until))
            {
                Thread.Sleep(2);
                killed.Refresh();
            }

            kills += process.HasExited ? 0 : 1;
            process.Kill();
            process.WaitForExit();
            File.Exists(model.Folder.File("killed.csv")).Should().BeFalse("the results appear whole");
        }

        kills.Should().Be(Kills);
        ProgramResult last = Generate("killed.csv").ShouldExitWith(0);
        last.Error.Should().Contain("of 8 conversations are answered already.");
        File.ReadAllBytes(model.Folder.File("killed.csv")).Should().Equal(whole);
        File.ReadAllBytes(model.Folder.File("killed.jsonl")).Should().Equal(lines);
        Generate("killed.csv").ShouldExitWith(0).Error.Should().Contain("8 of 8 conversations are answered already.");
        File.ReadAllBytes(model.Folder.File("killed.csv")).Should().Equal(whole);
    }

    [Fact]
    public void A_chat_with_the_same_rounds_says_the_same()
    {
        Generate("said.csv").ShouldExitWith(0);
        string[] generated = [.. Rows("said.jsonl").Take(3).Select(row => row.GetProperty("answer").GetString()!)];
        ProgramResult chat = VisualChatProgram.RunWithInput(
            model.Folder,
            """
            'gray 0.ppm' 'gray 1.ppm' What is in these, and in which order?
            Which is number 0?
            'gray 2.ppm' And what is this?

            """,
            TrainedModel.Arguments("chat", "--json")).ShouldExitWith(0);
        JsonElement rounds = JsonDocument.Parse(chat.Output).RootElement.GetProperty("rounds");
        rounds.EnumerateArray().Select(round => round.GetProperty("answer").GetString()).Should().Equal(generated);
        generated.Should().OnlyHaveUniqueItems().And.NotContain("");
    }

    [Fact]
    public void One_bad_image_does_not_stop_the_rest()
    {
        File.WriteAllText(model.Folder.File("broken.jpg"), "no image");
        model.Folder.Write("bad.json", """
            {"bad": [["What?", "broken.jpg"], ["Why?"]], "good": [["What?", "gray 1.ppm"]]}
            """);
        string[] generate = TrainedModel.Arguments("generate", "--questions", "bad.json", "--out", "bad.csv");
        ProgramResult result = VisualChatProgram.Run(model.Folder, [.. generate, "--json"]).ShouldExitWith(1);
        JsonElement summary = JsonDocument.Parse(result.Output).RootElement;
        new[] { "questions", "answered", "failed" }.Select(key => summary.GetProperty(key).GetInt32())
            .Should().Equal(3, 1, 2);
        result.Error.Should().Contain(
            "'bad', round 1: The image 'broken.jpg' cannot be used: "
            + "the bytes are no JPEG, PNG, GIF, WebP, BMP, TIFF or PPM.");
        Rows("bad.jsonl").Select(row => row.TryGetProperty("error", out _)).Should().Equal(true, true, false);

        File.Copy(model.Folder.File("gray 2.ppm"), model.Folder.File("broken.jpg"), overwrite: true);
        VisualChatProgram.Run(model.Folder, generate).ShouldExitWith(0)
            .Output.Should().Contain("3 of 3 questions in 2 conversations answered");
    }

    [Fact]
    public void Results_of_other_settings_or_questions_are_not_mixed()
    {
        Generate("mixed.csv").ShouldExitWith(0);
        VisualChatProgram.Run(model.Folder, [.. Arguments("mixed.csv"), "--top-k", "3"]).ShouldExitWith(2)
            .Error.Should().Contain("--top-k was 0 and is 3");
        VisualChatProgram.Run(model.Folder, [.. Arguments("mixed.csv"), "--top-k", "3", "--fresh"]).ShouldExitWith(0);
    }

    private static string[] Arguments(string output) =>
        TrainedModel.Arguments("generate", "--questions", TrainedModel.Questions, "--out", output);

    private IEnumerable<JsonElement> Rows(string name) =>
        File.ReadLines(model.Folder.File(name)).Select(line => JsonDocument.Parse(line).RootElement);

    private ProgramResult Generate(string output) => VisualChatProgram.Run(model.Folder, Arguments(output));
}
