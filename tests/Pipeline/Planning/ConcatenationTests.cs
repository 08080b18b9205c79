using VisualChat.Pipeline.Planning;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Tests.Planning;

public sealed class ConcatenationTests
{
    [Fact]
    public void Every_record_is_in_exactly_one_sample()
    {
        SourceCatalog catalog = new FakeCatalog().AddSingles("llava", 1_000, record => $"{record % 300}.jpg").Catalog;

        BlendPlan plan = Plan(catalog, new EntrySettings { Name = "llava", Concatenate = 3 });

        IEnumerable<int> records = plan.Parts().SelectMany(parts => parts).Select(part => part.Record);
        records.Order().Should().Equal(Enumerable.Range(0, 1_000));
    }

    [Fact]
    public void Groups_of_every_size_up_to_the_largest_are_about_equally_frequent()
    {
        SourceCatalog catalog = new FakeCatalog().AddSingles("llava", 6_000, record => $"{record}.jpg").Catalog;

        BlendPlan plan = Plan(catalog, new EntrySettings { Name = "llava", Concatenate = 3 });

        int[] sizes = [.. plan.Parts().Select(parts => parts.Length)];
        sizes.Distinct().Order().Should().Equal(1, 2, 3);
        // 3,000 groups: each size 1,000 times, give or take 5 standard deviations (26 each).
        sizes.GroupBy(size => size).Should().OnlyContain(group => Math.Abs(group.Count() - 1_000) < 130);
    }

    [Fact]
    public void A_group_is_closed_before_it_shows_more_images_than_allowed()
    {
        SourceCatalog catalog = new FakeCatalog()
            .AddMany("triples", 200, number => (1, [$"{number}a.jpg", $"{number}b.jpg", $"{number}c.jpg"]))
            .Catalog;

        BlendPlan plan = Plan(catalog, new EntrySettings { Name = "triples", Concatenate = 4 });

        plan.Parts().Max(parts => parts.Length).Should().Be(2, "eight images hold two conversations of three");
        plan.Parts().Sum(parts => parts.Length).Should().Be(200);
    }

    [Fact]
    public void Related_records_stay_together_and_in_order()
    {
        SourceCatalog catalog = new FakeCatalog().Add("vst", (3, ["a.jpg"]), (2, ["b.jpg"])).Catalog;

        Plan(catalog, new EntrySettings { Name = "vst" }).Samples(catalog)
            .Should().BeEquivalentTo("vst#0: vst[3] +vst[4]", "vst#1: vst[0] +vst[1] +vst[2]");
    }

    [Fact]
    public void A_conversation_that_opens_with_too_many_images_is_rejected_with_the_limit_named()
    {
        string[] nineImages = [.. Enumerable.Range(0, 9).Select(image => $"{image}.jpg")];
        SourceCatalog catalog = new FakeCatalog().Add("sn", (2, nineImages), (1, ["x.jpg"])).Catalog;

        BlendPlan plan = Plan(catalog, new EntrySettings { Name = "sn" });

        plan.Parts().Should().ContainSingle();
        const string Why = "its first round shows 9 images; data.max_images is 8";
        plan.Rejects.Should().Equal(
            new Reject("sn", 0, "sn[0]", RejectReason.TooManyImages, Why),
            new Reject("sn", 1, "sn[1]", RejectReason.TooManyImages, Why));
    }

    private static BlendPlan Plan(SourceCatalog catalog, EntrySettings entry) =>
        BlendPlanner.Plan(catalog, FakeCatalog.RecipeOf(entry), "recipe");
}
