using System.Text.Json;

namespace VisualChat.Integration.Tests;

/// <summary>Gated cross-attention layers, from the recipe to an answer.</summary>
[Trait("Category", "Slow")]
public sealed class CrossAttentionTests : IDisposable
{
    private const string Attention = "model.attention=cra-ca", Every = "model.cross_attention.every=1";

    private readonly TestFolder _folder = SampleTraining.Make();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_model_trains_on_any_attentions_shards_stops_resumes_is_exported_and_answers()
    {
        Train("spliced", "--max-steps", "1").ShouldExitWith(0);
        string[] gated = ["--shards", "spliced/shards", "--set", Attention, "--set", Every];
        Train("whole", gated).ShouldExitWith(0);
        Train("stopped", [.. gated, "--max-steps", "5"]).ShouldExitWith(0);
        Train("stopped", gated).ShouldExitWith(0);
        SampleTraining.LossesOf(_folder, "stopped").Should().Equal(SampleTraining.LossesOf(_folder, "whole"));
        string checkpoint = SampleTraining.NewestCheckpoint(_folder, "whole");
        WeightsOf(SampleTraining.NewestCheckpoint(_folder, "stopped")).Should().Equal(WeightsOf(checkpoint));

        double loss = Evaluate(Path.Combine(checkpoint, "recipe.yaml"), checkpoint);
        double last = double.Parse(
            SampleTraining.LossesOf(_folder, "whole").Last(line => line.StartsWith("evaluation ")).Split(' ')[2]);
        loss.Should().Be(last);
        string[] export = ["export", SampleTraining.Recipe, "--checkpoint", checkpoint, "--set", Attention];
        Run([.. export, "--set", Every, "--out", "exported"]).ShouldExitWith(0);
        Evaluate("exported/recipe.yaml", _folder.File("exported")).Should().Be(last);
        Run([.. export, "--set", Every, "--out", "released", "--release"]).ShouldExitWith(2)
            .Error.Should().Contain("has the gated layers of the attention cra-ca");

        Run("evaluate", SampleTraining.Recipe, "--checkpoint", checkpoint, "--shards", "spliced/shards")
            .ShouldExitWith(2).Error.Should().Contain(
                "was trained under the attention cra-ca, and model.attention is mmca: one of them has gated layers, "
                + "the other has none. Set model.attention=cra-ca.");
        Run([.. export, "--set", "model.cross_attention.every=2", "--out", "other"]).ShouldExitWith(2)
            .Error.Should().Contain("holds gated layers before the decoder's layers 0, 1");

        Answers(checkpoint);
    }

    // The same rounds of images and text by two commands: one computes all of a conversation that
    // the other continues.
    private void Answers(string checkpoint)
    {
        for (int level = 0; level < 2; level++)
            _folder.Write($"gray {level}.ppm", Gray((byte)(120 * level)));
        _folder.Write("questions.json", """
            {"talk": [["What is this?", "gray 0.ppm"], ["And why?"], ["And this?", ["gray 1.ppm", "gray 0.ppm"]]]}
            """);
        string[] common =
        [
            SampleTraining.Recipe, "--checkpoint", checkpoint, "--device", "cpu", "--set", Attention, "--set", Every,
            "--temperature", "0.9", "--seed", "5", "--max-tokens", "12",
        ];
        Run(["generate", .. common, "--questions", "questions.json", "--out", "said.csv"]).ShouldExitWith(0);
        string?[] generated =
        [
            .. File.ReadLines(_folder.File("said.jsonl"))
                .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("answer").GetString()),
        ];
        ProgramResult chat = VisualChatProgram.RunWithInput(
            _folder,
            """
            'gray 0.ppm' What is this?
            And why?
            'gray 1.ppm' 'gray 0.ppm' And this?

            """,
            ["chat", .. common, "--json"]).ShouldExitWith(0);
        JsonElement rounds = JsonDocument.Parse(chat.Output).RootElement.GetProperty("rounds");
        rounds.EnumerateArray().Select(round => round.GetProperty("answer").GetString()).Should().Equal(generated);
        generated.Should().HaveCount(3);

        static byte[] Gray(byte level) => [.. "P6\n24 24\n255\n"u8, .. Enumerable.Repeat(level, 3 * 24 * 24)];
    }

    private static byte[] WeightsOf(string checkpoint) =>
        File.ReadAllBytes(Path.Combine(checkpoint, "model.safetensors"));

    private double Evaluate(string recipe, string checkpoint)
    {
        ProgramResult result = Run(
            "evaluate", recipe, "--checkpoint", checkpoint, "--shards", "spliced/shards", "--device", "cpu", "--json");
        return JsonDocument.Parse(result.ShouldExitWith(0).Output).RootElement.GetProperty("loss").GetDouble();
    }

    private ProgramResult Train(string output, params string[] more) =>
        Run(["train", SampleTraining.Recipe, "--out", output, .. more]);

    private ProgramResult Run(params string[] arguments) => VisualChatProgram.Run(_folder, arguments);
}
