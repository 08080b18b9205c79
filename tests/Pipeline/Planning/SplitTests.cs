using VisualChat.Pipeline.Planning;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Tests.Planning;

public sealed class SplitTests
{
    [Fact]
    public void By_sample_holds_out_the_fraction_of_every_entry()
    {
        SourceCatalog catalog = new FakeCatalog()
            .AddSingles("llava", 1_000, record => $"{record}.jpg")
            .AddSingles("small", 2, record => $"s{record}.jpg")
            .Catalog;

        BlendPlan plan = Plan(
            catalog,
            new ValidationSettings { Fraction = 0.1, By = SplitBy.Sample },
            new EntrySettings { Name = "llava" },
            new EntrySettings { Name = "small" });

        plan.Entries.Select(entry => (entry.TrainSamples, entry.ValidationSamples)).Should().Equal((900, 100), (1, 1));
    }

    [Fact]
    public void Without_a_fraction_nothing_is_held_out()
    {
        SourceCatalog catalog = new FakeCatalog().AddSingles("llava", 50, record => $"{record}.jpg").Catalog;

        BlendPlan plan = Plan(
            catalog,
            new ValidationSettings { Fraction = 0 },
            new EntrySettings { Name = "llava" });

        plan.Shards.Should().OnlyContain(shard => shard.Split == Split.Train);
    }

    [Fact]
    public void By_image_no_image_is_on_both_sides_whichever_dataset_shows_it()
    {
        SourceCatalog catalog = new FakeCatalog()
            .AddSingles("llava", 900, record => $"{record % 300}.jpg")
            .AddSingles("llava_dial", 200, record => $"{record}.jpg")
            .AddMany("otter_mimicit_cgd", 100, pair => (2, [$"{2 * pair}.jpg", $"{(2 * pair) + 1}.jpg"]))
            .Catalog;

        BlendPlan plan = Plan(
            catalog,
            new ValidationSettings { Fraction = 0.1, By = SplitBy.Image },
            new EntrySettings { Name = "llava", Concatenate = 3 },
            new EntrySettings { Name = "llava_dial", Concatenate = 2 },
            new EntrySettings { Name = "otter_mimicit_cgd" },
            new EntrySettings { Name = "llava_otter_blend" });

        HashSet<int> train = [.. plan.Parts(Split.Train).SelectMany(parts => SampleImages.Of(parts, catalog))];
        HashSet<int> heldOut = [.. plan.Parts(Split.Validation).SelectMany(parts => SampleImages.Of(parts, catalog))];
        heldOut.Should().NotBeEmpty().And.NotIntersectWith(train);
        plan.StraddlingConversations.Should().Be(0, "pairs share no image with other pairs here");
        plan.Parts().SelectMany(parts => parts).Count(part => part.Dataset == 0 && part.Role == PartRole.Begins)
            .Should().Be(900, "no record is lost");
        ((double)heldOut.Count / (train.Count + heldOut.Count)).Should().BeApproximately(0.1, 0.03);
    }

    [Fact]
    public void By_image_a_chain_too_large_to_hold_out_is_cut_and_conversations_across_the_cut_are_counted()
    {
        SourceCatalog catalog = new FakeCatalog()
            .AddMany("otter_mimicit_cgd", 1_000, pair => (1, [$"{pair}.jpg", $"{pair + 1}.jpg"]))
            .Catalog;

        BlendPlan plan = Plan(
            catalog,
            new ValidationSettings { Fraction = 0.1, By = SplitBy.Image },
            new EntrySettings { Name = "otter_mimicit_cgd" });

        HashSet<int> train = [.. plan.Parts(Split.Train).SelectMany(parts => SampleImages.Of(parts, catalog))];
        HashSet<int> heldOut = [.. plan.Parts(Split.Validation).SelectMany(parts => SampleImages.Of(parts, catalog))];
        heldOut.Should().NotBeEmpty().And.NotIntersectWith(train);
        plan.StraddlingConversations.Should().BeInRange(
            130, 230, "two images are on different sides with probability 0.18");
        plan.Parts().Length.Should().Be(1_000 - plan.StraddlingConversations);
    }

    private static BlendPlan Plan(
        SourceCatalog catalog, ValidationSettings validation, params EntrySettings[] entries)
    {
        Recipe recipe = FakeCatalog.RecipeOf(entries);
        DataSettings data = recipe.Data with { Validation = validation };
        return BlendPlanner.Plan(catalog, recipe with { Data = data }, "recipe");
    }
}
