namespace VisualChat.Pipeline.Tests.Recipes;

/// <summary>
/// The files generated from the recipe's definition are up to date. To renew them:
/// <c>VISUALCHAT_RENEW=1 dotnet test tests/Pipeline -c Release --filter RecipeDocumentTests</c>.
/// </summary>
public sealed class RecipeDocumentTests
{
    private const string Begin =
        "<!-- The tables are generated from the recipe's records: RecipeDocumentTests says how. -->\n";
    private const string End = "\n<!-- End of the generated tables. -->\n";

    private static readonly bool IsRenewing = Environment.GetEnvironmentVariable("VISUALCHAT_RENEW") == "1";
    private static readonly string Repository = Path.GetDirectoryName(ShippedRecipes.Folder)!;

    [Fact]
    public void The_schema_is_that_of_the_records() =>
        ShouldBe(Path.Combine(Repository, "data-schemas", "recipe.schema.json"), _ => RecipeDocuments.Schema());

    [Fact]
    public void The_tables_of_keys_are_those_of_the_records() =>
        ShouldBe(Path.Combine(Repository, "docs", "recipe.md"), WithTables);

    private static void ShouldBe(string path, Func<string, string> generate)
    {
        string found = File.ReadAllText(path).ReplaceLineEndings("\n");
        string generated = generate(found);
        if (IsRenewing)
            File.WriteAllText(path, generated);
        else
            found.Should().Be(generated, "it is generated: run this test with VISUALCHAT_RENEW=1");
    }

    private static string WithTables(string document)
    {
        int begin = document.IndexOf(Begin, StringComparison.Ordinal);
        int end = document.IndexOf(End, StringComparison.Ordinal);
        (begin, end).Should().Match<(int Begin, int End)>(at => at.Begin > 0 && at.End > at.Begin);
        return document[..(begin + Begin.Length)] + RecipeDocuments.Tables() + document[end..];
    }
}
