namespace VisualChat.Integration.Tests;

/// <summary>A decoder from text alone and a tower from images alone, through the program.</summary>
public sealed class ObjectiveTests : IDisposable
{
    private readonly TestFolder _folder = SampleTraining.Make();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("text", "[embeddings, language]")]
    [InlineData("images", "[vision]")]
    public void A_training_stopped_and_continued_has_the_losses_and_weights_of_one_never_stopped(
        string objective, string trainable)
    {
        Train(objective, trainable, "whole");
        Train(objective, trainable, "parts", "--shards", "whole/shards", "--max-steps", "6");
        Train(objective, trainable, "parts", "--shards", "whole/shards");

        string[] losses = SampleTraining.LossesOf(_folder, "whole");
        losses.Should().HaveCountGreaterThan(15);
        SampleTraining.LossesOf(_folder, "parts").Should().Equal(losses);
        Weights("parts").Should().Equal(Weights("whole"));
        Evaluated(objective, trainable).Should().Contain("loss ");
    }

    [Fact]
    public void The_two_are_joined_by_a_projection()
    {
        const string Step = "1";
        Train("text", "[embeddings, language]", "decoder", "--max-steps", Step);
        Train("images", "[vision]", "tower", "--max-steps", Step, "--shards", "decoder/shards");
        Export("text", "[embeddings, language]", "decoder");
        Export("images", "[vision]", "tower");

        Run(
            "train", SampleTraining.Recipe, "--out", "joined", "--shards", "decoder/shards", "--max-steps", Step,
            "--set", "model.vision=tower-towers/vision",
            "--set", "model.language=decoder-towers/language",
            "--set", "model.trainable=[projection, embeddings]")
            .ShouldExitWith(0);
    }

    private void Train(string objective, string trainable, string output, params string[] more) =>
        Run(["train", SampleTraining.Recipe, "--out", output, .. more, .. Of(objective, trainable)])
            .ShouldExitWith(0)
            .Output.Should().NotContain("questions", "such a model answers none");

    private void Export(string objective, string trainable, string run) => Run(
        [
            "export", SampleTraining.Recipe, "--checkpoint", SampleTraining.NewestCheckpoint(_folder, run),
            "--out", $"{run}-towers", "--towers", .. Of(objective, trainable),
        ])
        .ShouldExitWith(0);

    private string Evaluated(string objective, string trainable) => Run(
        [
            "evaluate", SampleTraining.Recipe, "--checkpoint", "whole/checkpoints/best", "--shards", "whole/shards",
            .. Of(objective, trainable),
        ])
        .ShouldExitWith(0)
        .Output;

    private static string[] Of(string objective, string trainable) =>
        ["--set", $"training.objective={objective}", "--set", $"model.trainable={trainable}"];

    private byte[] Weights(string run) =>
        File.ReadAllBytes(Path.Combine(SampleTraining.NewestCheckpoint(_folder, run), "model.safetensors"));

    private ProgramResult Run(params string[] arguments) => VisualChatProgram.Run(_folder, arguments);
}
