using VisualChat.Pipeline.Training;

namespace VisualChat.Pipeline.Tests.Training;

public sealed class RecipeDifferencesTests
{
    private const string Recipe = """
        name: one
        seed: 1
        data: { max_images: 8 }
        images: { size: 72, tokens: 10 }
        model: { vision: v, trainable: [projection, embeddings] }
        training: { batch: 16, learning_rate: 0.001, evaluate_every: epoch, checkpoint_every: 500, keep_checkpoints: 2 }
        """;

    [Fact]
    public void A_recipe_does_not_differ_from_itself() => RecipeDifferences.Of(Recipe, Recipe).Should().BeEmpty();

    [Fact]
    public void Each_key_that_decides_a_training_is_named_with_both_values() =>
        RecipeDifferences.Of(Recipe, Recipe.Replace("seed: 1", "seed: 2").Replace("batch: 16", "batch: 32").Replace("[projection, embeddings]", "[projection]"))
            .Should().Equal(
                "model.trainable[1] was \"embeddings\" and is none",
                "seed was 1 and is 2",
                "training.batch was 16 and is 32");

    [Fact]
    public void How_often_it_is_looked_at_and_what_shards_have_a_fingerprint_for_is_no_difference() =>
        RecipeDifferences.Of(Recipe, Recipe.Replace("name: one", "name: two").Replace("max_images: 8", "max_images: 4")
            .Replace("evaluate_every: epoch", "evaluate_every: 10").Replace("checkpoint_every: 500", "checkpoint_every: 5").Replace("keep_checkpoints: 2", "keep_checkpoints: 9"))
            .Should().BeEmpty();
}
