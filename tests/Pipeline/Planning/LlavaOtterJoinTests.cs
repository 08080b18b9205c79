using VisualChat.Pipeline.Planning;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Tests.Planning;

public sealed class LlavaOtterJoinTests
{
    private const int Llava = 0;
    private const int LlavaDial = 1;
    private const int Cgd = 2;

    [Fact]
    public void Rounds_about_each_image_come_before_the_comparison_and_show_the_images_in_the_pairs_order()
    {
        SourceCatalog catalog = Coco();
        foreach (PlannedPart[] parts in Plans(catalog, followUp: false))
        {
            int[] pair = PairOf(catalog, parts);
            parts[^1].Dataset.Should().Be(Cgd);
            parts[0].Dataset.Should().BeOneOf(Llava, LlavaDial);
            SampleImages.Of(parts, catalog).Should().Equal(pair);
            parts.SkipWhile(part => part.Dataset != Cgd).Should().OnlyContain(
                part => part.Dataset == Cgd, "nothing stands between the comparison's rounds");
        }
    }

    [Fact]
    public void The_first_image_always_has_a_round_of_its_own_and_the_last_one_only_sometimes()
    {
        SourceCatalog catalog = Coco();
        bool[] lastHasRound = [.. Plans(catalog, followUp: false).Select(parts =>
        {
            int[] pair = PairOf(catalog, parts);
            int[] askedAbout = [.. parts.Where(part => part.Dataset != Cgd).Select(part => FirstImage(catalog, part))];
            askedAbout.Should().Contain(pair[0]);
            return askedAbout.Contains(pair[1]);
        })];

        lastHasRound.Should().Contain(true).And.Contain(false);
    }

    [Fact]
    public void A_pair_whose_first_image_has_no_conversation_cannot_be_joined()
    {
        SourceCatalog catalog = new FakeCatalog()
            .Add("llava", (1, ["b.jpg"]))
            .Add("llava_dial")
            .Add("otter_mimicit_cgd", (1, ["a.jpg", "b.jpg"]), (1, ["b.jpg", "a.jpg"])).Catalog;

        Plan(catalog, seed: 1, followUp: false).Samples(catalog)
            .Should().Equal("llava_otter_blend#0: +llava[0] +otter_mimicit_cgd[1]");
    }

    [Fact]
    public void Follow_ups_ask_once_more_about_each_image_by_its_number()
    {
        SourceCatalog catalog = Coco();
        foreach (PlannedPart[] parts in Plans(catalog, followUp: true))
        {
            PlannedPart[] followUps = [.. parts.Where(part => part.Role == PartRole.FollowUp)];
            int[] pair = PairOf(catalog, parts);
            int[] numbers = [.. followUps.Select(part => (int)part.FollowUpImage)];
            numbers.Distinct().Should().BeSubsetOf([1, 2]).And.Contain(1);
            followUps.Select(part => FirstImage(catalog, part))
                .Should().Equal(numbers.Select(number => pair[number - 1]));
            parts[^1].Role.Should().Be(PartRole.FollowUp);
        }
    }

    [Fact]
    public void A_follow_up_prefers_a_conversation_that_is_not_in_the_sample_yet()
    {
        SourceCatalog catalog = new FakeCatalog()
            .Add("llava", (1, ["a.jpg"]), (1, ["a.jpg"]))
            .Add("llava_dial")
            .Add("otter_mimicit_cgd", (1, ["a.jpg", "b.jpg"])).Catalog;
        int followUpsWithChoice = 0;
        for (int seed = 0; seed < 50; seed++)
        {
            PlannedPart[] parts = Plan(catalog, seed, followUp: true).Parts().Single();
            int[] about = [.. parts.Where(part => part.Dataset == Llava).Select(part => part.Record)];
            // With three rounds, both conversations are in the sample before the follow-up.
            if (about.Length != 2)
                continue;
            about.Should().OnlyHaveUniqueItems();
            followUpsWithChoice++;
        }

        followUpsWithChoice.Should().BePositive("some follow-ups still have an unused conversation");
    }

    private static SourceCatalog Coco() => new FakeCatalog()
        .AddSingles("llava", 60, record => $"{record % 20}.jpg")
        .AddSingles("llava_dial", 15, record => $"{record}.jpg")
        .AddMany("otter_mimicit_cgd", 24, pair => (1 + (pair % 3), [$"{pair % 20}.jpg", $"{(pair + 7) % 25}.jpg"]))
        .Catalog;

    /// <summary>The images of the comparison in a sample.</summary>
    private static int[] PairOf(SourceCatalog catalog, PlannedPart[] parts)
    {
        PlannedPart comparison = parts.Last(part => part.Dataset == Cgd);
        return catalog.Datasets[Cgd].ImagesOf(comparison.Record).ToArray();
    }

    private static int FirstImage(SourceCatalog catalog, PlannedPart part) =>
        catalog.Datasets[part.Dataset].ImagesOf(part.Record)[0];

    private static PlannedPart[][] Plans(SourceCatalog catalog, bool followUp)
    {
        PlannedPart[][] plans = [.. Enumerable.Range(0, 20).SelectMany(seed => Plan(catalog, seed, followUp).Parts())];
        plans.Should().NotBeEmpty();
        return plans;
    }

    private static BlendPlan Plan(SourceCatalog catalog, int seed, bool followUp)
    {
        var entry = new EntrySettings { Name = "llava_otter_blend", FollowUp = followUp };
        return BlendPlanner.Plan(catalog, FakeCatalog.RecipeOf(entry) with { Seed = seed }, "recipe");
    }
}
