using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Recipes.Keys;

namespace VisualChat.Pipeline.Tests.Recipes;

public sealed class RecipeDifferenceTests
{
    private const string Yaml =
        """
        name: one
        data: { sources: [{ name: llava }] }
        tokenizer: t
        model: { vision: v, language: l }
        training: { batch: 16 }
        """;

    [Theory]
    [InlineData(Outcome.Shards)]
    [InlineData(Outcome.Training)]
    [InlineData(Outcome.Answers)]
    public void A_recipe_does_not_differ_from_itself(object outcome) =>
        Of().DifferencesFrom(Of().ToYaml(), (Outcome)outcome).Should().BeEmpty();

    [Fact]
    public void Each_key_that_decides_a_training_is_named_with_both_values() =>
        Of("seed=2", "training.batch=32", "model.trainable=[projection]", "model.start=s")
            .DifferencesFrom(Of().ToYaml(), Outcome.Training)
            .Should().Equal(
                new KeyDifference("seed", "1234", "2"),
                new KeyDifference("model.start", "null", "\"s\""),
                new KeyDifference("model.trainable", "[\"projection\",\"embeddings\"]", "[\"projection\"]"),
                new KeyDifference("training.batch", "16", "32"));

    [Fact]
    public void How_often_a_training_is_looked_at_and_what_shards_have_a_fingerprint_for_is_no_difference() =>
        Of(
            "name=two",
            "data.max_images=4",
            "training.evaluate_every=10",
            "training.checkpoint_every=5",
            "training.keep_checkpoints=9")
            .DifferencesFrom(Of().ToYaml(), Outcome.Training)
            .Should().BeEmpty();

    [Fact]
    public void An_entry_is_named_by_its_name() =>
        Of("data.sources.llava.samples=7").DifferencesFrom(Of().ToYaml(), Outcome.Shards)
            .Should().Equal(new KeyDifference("data.sources.llava.samples", "\"all\"", "7"));

    [Fact]
    public void A_key_that_another_programs_recipe_has_is_named() =>
        Of().DifferencesFrom(Of().ToYaml() + "  patience: 3\n", Outcome.Training)
            .Should().Equal(new KeyDifference("training.patience", "3", null));

    [Fact]
    public void A_key_that_an_earlier_version_did_not_know_was_its_default()
    {
        string earlier = string.Join(
            '\n', Of().ToYaml().Split('\n').Where(line => !line.Contains("epsilon") && !line.Contains("order:")));
        earlier.Should().NotBe(Of().ToYaml());
        Of().DifferencesFrom(earlier, Outcome.Training).Should().BeEmpty();
        Of("images.order=reversed", "training.epsilon_place=root").DifferencesFrom(earlier, Outcome.Training)
            .Should().Equal(
                new KeyDifference("images.order", "\"reading\"", "\"reversed\""),
                new KeyDifference("training.epsilon_place", "\"corrected_root\"", "\"root\""));
    }

    [Fact]
    public void Five_keys_of_a_recipe_decide_what_a_trained_model_answers() =>
        Of().ValuesThatDecide(Outcome.Answers).Keys
            .Should().Equal("template.system", "images.size", "images.order", "model.attention", "model.dtype");

    [Fact]
    public void Squashed_images_decide_answers_and_are_a_difference_to_cropped_ones()
    {
        Of("images.resize=squash").ValuesThatDecide(Outcome.Answers)
            .Should().Contain("images.resize", "squash");
        Of().DifferencesFrom(Of("images.resize=squash").ToYaml(), Outcome.Training)
            .Should().Equal(new KeyDifference("images.resize", "\"squash\"", null));
    }

    [Fact]
    public void The_bits_of_frozen_weights_decide_answers_and_are_a_difference_to_weights_as_they_are()
    {
        Of("model.frozen=nf4").ValuesThatDecide(Outcome.Answers).Should().Contain("model.frozen", "nf4");
        Of("model.frozen=int8").DifferencesFrom(Of().ToYaml(), Outcome.Training)
            .Should().Equal(new KeyDifference("model.frozen", null, "\"int8\""));
        Of("model.frozen=null").ToYaml().Should().Be(Of().ToYaml());
    }

    private static Recipe Of(params string[] settings) => RecipeText.Parse(Yaml, "/r", settings);
}
