using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Tests.Storage;

public sealed class HomeFolderTests
{
    private static readonly string Home = Environment.GetFolderPath(
        Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify);

    [Fact]
    public void A_tilde_alone_or_before_a_slash_is_the_home_folder()
    {
        HomeFolder.Expand("~").Should().Be(Home);
        HomeFolder.Expand("~/sets/photos").Should().Be($"{Home}/sets/photos");
    }

    [Theory]
    [InlineData("")]
    [InlineData("sets/~/photos")]
    [InlineData("~sets")]
    [InlineData("~other/sets")]
    [InlineData("/sets~")]
    public void Any_other_tilde_is_a_letter(string path) => HomeFolder.Expand(path).Should().Be(path);

    [Fact]
    public void A_recipes_path_keeps_its_text_and_leads_home()
    {
        var path = RecipePath.In("/recipes", "~/llama/tokenizer.model");
        path.Given.Should().Be("~/llama/tokenizer.model");
        path.FullPath.Should().Be($"{Home}/llama/tokenizer.model");
    }
}
