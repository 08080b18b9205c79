using VisualChat.Pipeline.Planning;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Tests.Planning;

public sealed class PlanTests
{
    private static readonly EntrySettings Llava = new() { Name = "llava", Concatenate = 2 };

    /// <summary>
    /// The blend order of this program. If it changes, every shard ever made changes: say so in the
    /// commit.
    /// </summary>
    [Fact]
    public void The_order_of_a_seed_is_fixed_for_ever()
    {
        SourceCatalog catalog = new FakeCatalog().AddSingles("llava", 8, record => $"{record}.jpg").Catalog;

        Plan(catalog, Llava).Samples(catalog).Should().Equal(
            "llava#3: llava[4]",
            "llava#5: llava[6] llava[1]",
            "llava#2: llava[2]",
            "llava#4: llava[7]",
            "llava#0: llava[5]",
            "llava#1: llava[3] llava[0]");
    }

    [Fact]
    public void The_same_seed_gives_the_same_plan_and_another_seed_another()
    {
        SourceCatalog catalog = new FakeCatalog().AddSingles("llava", 100, record => $"{record}.jpg").Catalog;
        Recipe recipe = FakeCatalog.RecipeOf(Llava);
        string fingerprint = BlendPlanner.Plan(catalog, recipe, "recipe").Fingerprint;

        string again = BlendPlanner.Plan(catalog, recipe, "recipe").Fingerprint;
        string otherSeed = BlendPlanner.Plan(catalog, recipe with { Seed = 2 }, "recipe").Fingerprint;
        string otherRecipe = BlendPlanner.Plan(catalog, recipe, "other recipe").Fingerprint;

        again.Should().Be(fingerprint);
        otherSeed.Should().NotBe(fingerprint);
        otherRecipe.Should().NotBe(fingerprint);
    }

    [Fact]
    public void No_choice_depends_on_another_dataset()
    {
        SourceCatalog alone = new FakeCatalog().AddSingles("llava", 100, record => $"{record}.jpg").Catalog;
        SourceCatalog both = new FakeCatalog()
            .AddSingles("other", 37, record => $"o{record}.jpg")
            .AddSingles("llava", 100, record => $"{record}.jpg")
            .Catalog;

        string[] withOther = Plan(both, new EntrySettings { Name = "other" }, Llava).Samples(both, Split.Train);
        string[] withoutOther = Plan(alone, Llava).Samples(alone, Split.Train);

        withOther.Where(sample => sample.StartsWith("llava#", StringComparison.Ordinal)).Should().Equal(withoutOther);
    }

    [Fact]
    public void A_number_of_samples_is_drawn_at_random_and_the_rest_is_not_drawn()
    {
        SourceCatalog catalog = new FakeCatalog().AddSingles("llava", 100, record => $"{record}.jpg").Catalog;

        BlendPlan plan = Plan(catalog, new EntrySettings { Name = "llava", Samples = AllOrCount.Of(30) });

        plan.Parts().Should().HaveCount(30);
        plan.Occurrences[0].Sum().Should().Be(30);
        plan.Parts().Select(parts => parts[0].Record).Order().Should().NotEqual(Enumerable.Range(0, 30));
    }

    [Fact]
    public void A_limit_takes_the_first_samples_of_the_shuffle()
    {
        SourceCatalog catalog = new FakeCatalog()
            .AddSingles("llava", 100, record => $"{record}.jpg")
            .AddSingles("other", 100, record => $"o{record}.jpg")
            .Catalog;
        Recipe recipe = FakeCatalog.RecipeOf(
            new EntrySettings { Name = "llava" },
            new EntrySettings { Name = "other" });

        BlendPlan plan = BlendPlanner.Plan(catalog, recipe, "recipe", limit: 20);

        plan.Parts().Should().HaveCount(20);
        plan.Entries.Should().OnlyContain(entry => entry.TrainSamples + entry.ValidationSamples > 3);
    }

    [Fact]
    public void Shards_are_cut_to_the_target_size_in_the_order_of_the_shuffle()
    {
        SourceCatalog catalog = new FakeCatalog().AddSingles("llava", 1_000, record => $"{record}.jpg").Catalog;
        Recipe recipe = FakeCatalog.RecipeOf(new EntrySettings { Name = "llava" }) with
        {
            Images = new ImageSettings { Store = ImageStore.Original },
            Shards = new ShardSettings { TargetMb = 20 },
        };

        BlendPlan plan = BlendPlanner.Plan(catalog, recipe, "recipe");

        // 900 and 100 samples of 100,000 bytes of image and 1,500 of text.
        plan.Shards.Select(shard => (shard.Name, shard.Samples.Length)).Should().Equal(
            ("train-00000-of-00005", 180),
            ("train-00001-of-00005", 180),
            ("train-00002-of-00005", 180),
            ("train-00003-of-00005", 180),
            ("train-00004-of-00005", 180),
            ("validation-00000-of-00001", 100));
    }

    private static BlendPlan Plan(SourceCatalog catalog, params EntrySettings[] entries) =>
        BlendPlanner.Plan(catalog, FakeCatalog.RecipeOf(entries), "recipe");
}
