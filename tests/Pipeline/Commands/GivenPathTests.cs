using VisualChat.Pipeline.Commands;
using VisualChat.Pipeline.Tests.Recipes;

namespace VisualChat.Pipeline.Tests.Commands;

/// <summary>A shell leaves the tilde of <c>--out=~/x</c> to the program.</summary>
public sealed class GivenPathTests
{
    private const string Name = "visualchat-no-such-folder";

    private static readonly string Place = Path.Join(
        Environment.GetFolderPath(
            Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify),
        Name);

    [Theory]
    [InlineData("validate", $"~/{Name}/recipe.yaml")]
    [InlineData("validate", "recipes/quickstart.yaml", $"--data=~/{Name}")]
    [InlineData("blend", "recipes/quickstart.yaml", $"--data=~/{Name}", "--dry-run")]
    [InlineData("blend", "recipes/quickstart.yaml", $"--allow-links-to=~/{Name}", "--dry-run")]
    [InlineData("inspect", $"~/{Name}")]
    public async Task A_tilde_in_a_path_of_any_command_is_the_home_folder(params string[] arguments)
    {
        string[] full = Array.ConvertAll(
            arguments, argument => argument.Replace("recipes/", $"{ShippedRecipes.Folder}/"));
        var output = new StringWriter();
        var error = new StringWriter();
        int code = await CommandLine.RunAsync(full, output, error);
        code.Should().Be(ExitCode.WrongInput);
        $"{output}{error}".Should().Contain(Place).And.NotContain($"'~/{Name}");
    }
}
