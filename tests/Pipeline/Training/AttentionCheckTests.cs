using VisualChat.Model.Parameters;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Tests.Recipes;
using VisualChat.Pipeline.Training;

namespace VisualChat.Pipeline.Tests.Training;

public sealed class AttentionCheckTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("visualchat-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("mmca", "cra-ca-mask")]
    [InlineData("causal-two-softmaxes", "causal")]
    [InlineData("cra-ca-mask", "causal-two-softmaxes")]
    public void An_attention_that_a_checkpoint_was_not_trained_with_is_told_with_both_named(string trained, string now)
    {
        File.WriteAllText(Path.Combine(_folder, "recipe.yaml"), Recipe(trained).ToYaml());

        AttentionCheck.WarningFor(Recipe(now), _folder, CheckpointKind.Trained).Should().Be(
            $"Warning: model.attention is {now}, and '{_folder}' was trained with {trained}: it sees what it "
            + $"was not taught to see. Compute as in its training with --set model.attention={trained}.");
        AttentionCheck.WarningFor(Recipe(trained), _folder, CheckpointKind.Trained).Should().BeNull();
    }

    [Theory]
    [InlineData("mmca-deepspeed", false)]
    [InlineData("causal", false)]
    [InlineData("mmca", true)]
    [InlineData("cra-ca-mask", true)]
    public void The_released_system_has_two_attentions(string now, bool isTold)
    {
        string? warning = AttentionCheck.WarningFor(Recipe(now), "a/pytorch_model.bin", CheckpointKind.Released);

        if (!isTold)
        {
            warning.Should().BeNull();
            return;
        }

        warning.Should().Be(
            "Warning: 'a/pytorch_model.bin' is of DeepSpeed-VisualChat, whose attention is mmca-deepspeed, or causal "
            + $"where it was trained so; model.attention is {now}. "
            + "Compute as its code does with --set model.attention=mmca-deepspeed.");
    }

    [Fact]
    public void What_was_not_trained_or_has_no_recipe_is_told_of_nothing()
    {
        AttentionCheck.WarningFor(Recipe("causal"), null, CheckpointKind.Trained).Should().BeNull();
        AttentionCheck.WarningFor(Recipe("causal"), _folder, CheckpointKind.Whole).Should().BeNull();
    }

    private static Recipe Recipe(string attention) => RecipeText.Parse(
        $$"""
        name: one
        data: { sources: [{ name: llava }] }
        tokenizer: t
        model: { vision: v, language: l, attention: {{attention}} }
        training: { batch: 16 }
        """,
        "/r",
        []);
}
