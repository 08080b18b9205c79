using VisualChat.Pipeline.Recipes;

namespace VisualChat.Pipeline.Tests.Recipes;

public sealed class RecipeOverrideTests
{
    private const string Yaml =
        "name: x\ntokenizer: t\ndata: { sources: [{ name: llava, samples: 5 }, { name: llava_dial }] }\n";

    [Fact]
    public void A_key_of_a_section_that_the_recipe_leaves_out_can_be_set() =>
        Parse("training.batch=32").Training!.Batch.Should().Be(32);

    [Fact]
    public void A_source_is_named_by_its_number_or_its_name()
    {
        Parse("data.sources.1.samples=7").Data.Sources[1].Samples.Should().Be(AllOrCount.Of(7));
        Parse("data.sources.llava_dial.samples=7").Data.Sources[1].Samples.Should().Be(AllOrCount.Of(7));
    }

    [Fact]
    public void A_value_is_YAML() =>
        Parse("data.sources=[{ name: minigpt4 }]")
            .Data.Sources.Should()
            .ContainSingle()
            .Which.Name.Should()
            .Be("minigpt4");

    [Fact]
    public void The_last_of_two_settings_of_a_key_counts() => Parse("seed=1", "seed=2").Seed.Should().Be(2);

    [Fact]
    public void A_value_may_hold_an_equals_sign() => Parse("name=a=b").Name.Should().Be("a=b");

    [Fact]
    public void Setting_one_key_leaves_the_others() =>
        Parse("data.sources.llava.concatenate=2")
            .Data.Sources[0]
            .Should()
            .BeEquivalentTo(new { Name = "llava", Samples = AllOrCount.Of(5), Concatenate = 2 });

    private static Recipe Parse(params string[] settings) => RecipeText.Parse(Yaml, "/r", settings);
}
