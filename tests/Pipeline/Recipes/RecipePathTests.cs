using VisualChat.Pipeline.Recipes;

namespace VisualChat.Pipeline.Tests.Recipes;

public sealed class RecipePathTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("visualchat-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_folder_stands_for_the_file_that_is_meant_in_it()
    {
        string file = Path.Combine(_folder, "tokenizer.model");
        var given = RecipePath.In(_folder, ".");
        given.FileIn("tokenizer.model").Should().Be(given, "it is not there");
        File.WriteAllText(file, "");
        given.FileIn("tokenizer.model").Should().Be(new RecipePath(".", file));
        RecipePath.To(file).FileIn("tokenizer.model").Should().Be(RecipePath.To(file));
    }
}
