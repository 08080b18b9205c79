using VisualChat.Pipeline.Comparing;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Recipes.Keys;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Tests.Comparing;

public sealed class ComparisonPlanTests
{
    [Fact]
    public void Every_combination_is_a_variant_and_every_variant_has_every_seed_the_first_seed_before_the_second()
    {
        ComparisonPlan plan = Plan(2, "model.attention=mmca,causal", "training.batch=8,4");

        plan.Variants.Select(variant => variant.Label).Should().Equal(
            "attention mmca, batch 8",
            "attention mmca, batch 4",
            "attention causal, batch 8",
            "attention causal, batch 4");
        plan.Seeds.Should().Equal(5, 6);
        plan.Runs.Select(run => run.Name).Take(5).Should().Equal(
            "attention mmca, batch 8, seed 5",
            "attention mmca, batch 4, seed 5",
            "attention causal, batch 8, seed 5",
            "attention causal, batch 4, seed 5",
            "attention mmca, batch 8, seed 6");
        plan.Variants[1].Recipe.Training!.Batch.Should().Be(4);
    }

    [Fact]
    public void With_the_first_seed_a_variant_is_what_train_would_train_and_with_another_only_the_seed_differs()
    {
        ComparisonPlan plan = Plan(2, "model.attention=mmca,causal");

        plan.Runs[1].Recipe.ToYaml().Should().Be(Read("model.attention=causal").ToYaml());
        plan.Runs[3].Recipe.DifferencesFrom(plan.Runs[1].Recipe.ToYaml(), Outcome.Training)
            .Should().Equal(new KeyDifference("training.seed", null, "6"));
        plan.Runs[3].Recipe.DifferencesFrom(plan.Runs[1].Recipe.ToYaml(), Outcome.Shards).Should().BeEmpty();
    }

    [Fact]
    public void Seeds_begin_with_the_trainings_own_where_it_has_one() =>
        ComparisonPlan.Of(["training.batch=8"], 3, "/out", varied => Read([.. varied, "training.seed=40"]))
            .Seeds.Should().Equal(40, 41, 42);

    [Theory]
    [InlineData("^/out/runs/mmca/seed-5$", "model.attention=mmca")]
    [InlineData("^/out/runs/attention=mmca,batch=8/seed-5$", "model.attention=mmca", "training.batch=8")]
    [InlineData("^/out/runs/models-v-[0-9a-f]{8}/seed-5$", "model.start=../models/v")]
    public void A_run_is_in_a_folder_of_its_variants_name(string folder, params string[] varied) =>
        Plan(1, varied).Runs[0].Folder.Root.Should().MatchRegex(folder);

    [Fact]
    public void A_run_has_the_same_folder_whatever_else_is_compared() =>
        Plan(3, "training.batch=2,8").Runs.Select(run => run.Folder.Root)
            .Should().Contain(Plan(1, "training.batch=8").Runs[0].Folder.Root);

    [Theory]
    [InlineData("data.max_images=4,8", "*data.max_images=8 would be trained on other samples than data.max_images=4: "
        + "data.max_images is 8, not 4*Variants are compared on the same samples in the same order*")]
    [InlineData("tokenizer=a,b", "*tokenizer=b would be trained on other samples*")]
    [InlineData("template.system=a,b", "*template.system=b would be trained on other samples*")]
    [InlineData("model.projection=baseline,perceiver", "*model.projection=perceiver would be trained on other samples "
        + "than model.projection=baseline: images.tokens is 256, not 5*")]
    [InlineData("seed=1,2", "--vary seed: --seeds N trains each variant with N seeds")]
    [InlineData("training.seed=1,2", "--vary training.seed: --seeds N trains each variant with N seeds")]
    [InlineData("model.attention=mmca,foo", "*'model.attention' (--vary model.attention=foo) must be one of *")]
    [InlineData("training.bach=1,2", "unknown key 'training.bach' (--vary training.bach=1); did you mean "
        + "'training.batch'?*(--vary training.bach=2)*")]
    [InlineData("training.learning_rate=0.01,1.0e-2", "training.learning_rate=0.01 and training.learning_rate=1.0e-2 "
        + "are the same recipe: leave one out of --vary.")]
    public void What_cannot_be_compared_is_refused_before_any_work(string varied, string problem)
    {
        Action act = () => Plan(1, varied);

        string.Join('\n', act.Should().Throw<InputException>().Which.Problems).Should().Match(problem);
    }

    [Fact]
    public void A_key_that_is_varied_twice_is_refused()
    {
        Action act = () => Plan(1, "training.batch=1,2", "training.batch=4");

        act.Should().Throw<InputException>()
            .Which.Problems.Should().Equal("--vary training.batch is there twice: give all its values to one");
    }

    [Fact]
    public void More_than_a_thousand_runs_are_refused()
    {
        Action act = () => Plan(501, "training.batch=1,2");

        act.Should().Throw<InputException>().Which.Problems.Should().Equal(
            "2 variants with 501 seeds each are more than 1,000 trainings: give fewer seeds or values.");
    }

    internal static ComparisonPlan Plan(int seeds, params string[] varied) =>
        ComparisonPlan.Of(varied, seeds, "/out", settings => Read([.. settings]));

    private static Recipe Read(params string[] varied) => RecipeReader.Parse(
        """
        name: test
        seed: 5
        data: { sources: [{ name: llava }] }
        tokenizer: t
        images: { size: 24 }
        model:
          vision:
            { hidden_size: 16, intermediate_size: 32, num_hidden_layers: 1, num_attention_heads: 2, patch_size: 12 }
          language: { hidden_size: 16, intermediate_size: 32, num_hidden_layers: 1, num_attention_heads: 2 }
        training: { batch: 6, micro_batch: 1 }
        """,
        "/recipes",
        [],
        SourceRegistry.Names,
        varied);
}
