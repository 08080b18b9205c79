using VisualChat.Pipeline.Recipes;

namespace VisualChat.Pipeline.Tests.Recipes;

/// <summary>
/// What the shipped recipes resolve to and their fingerprints, frozen: shards and checkpoints made
/// before must stay those of their recipes.
/// </summary>
public sealed class RecipeGoldenTests
{
    private static readonly string Golden = Path.Combine(AppContext.BaseDirectory, "Data", "recipes");

    public static TheoryData<string> Names => [.. ShippedRecipes.Files()];

    public static TheoryData<string, string[], string> Fingerprints
    {
        get
        {
            var data = new TheoryData<string, string[], string>();
            foreach (
                string line in File.ReadLines(Path.Combine(Golden, "fingerprints.txt"))
                    .Where(line => !line.StartsWith('#')))
            {
                string[] parts = line.Split(" | ");
                data.Add(parts[0], parts[1].Split(' ', StringSplitOptions.RemoveEmptyEntries), parts[2]);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_shipped_recipe_resolves_to_the_same_bytes(string file) =>
        ShippedRecipes.Read(file).ToYaml()
            .Should().Be(File.ReadAllText(Path.Combine(Golden, Path.GetFileName(file))).ReplaceLineEndings("\n"));

    [Theory]
    [MemberData(nameof(Fingerprints))]
    public void The_fingerprint_of_a_recipe_and_its_overrides_stays(
        string file, string[] overrides, string fingerprint) =>
        RecipeFingerprint.Of(ShippedRecipes.Read(file, overrides), "tokenizer").Should().Be(fingerprint);
}
