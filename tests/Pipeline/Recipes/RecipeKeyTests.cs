using System.Text.RegularExpressions;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Recipes.Keys;

namespace VisualChat.Pipeline.Tests.Recipes;

/// <summary>A key's name is its property's: no other code writes it out.</summary>
public sealed partial class RecipeKeyTests
{
    /// <summary>
    /// Hugging Face's configuration has keys of the same names; the sample world's marker has
    /// "seed". The gated layers are a part of the model by the name of their section.
    /// </summary>
    private static readonly string[] OtherFormats = ["VisionConfig.cs", "TrainablePart.cs"];

    [GeneratedRegex("\"(?<text>[a-z_]+(\\.[a-z_]+)*)\"")]
    private static partial Regex Literal { get; }

    [Fact]
    public void No_code_of_the_program_has_the_path_of_a_key_as_a_literal()
    {
        // A name of one word, such as "name", is a word of many formats.
        HashSet<string> keys =
        [
            .. MapForm.Of(typeof(Recipe)).Paths().Concat(MapForm.Of(typeof(EntrySettings)).Paths())
                .Concat(MapForm.Of(typeof(VisionSizes)).Paths()).Concat(MapForm.Of(typeof(LanguageSizes)).Paths())
                .SelectMany(path => new[] { path, path[(path.LastIndexOf('.') + 1)..] })
                .Where(path => path.AsSpan().ContainsAny('.', '_')),
        ];
        string pipeline = Path.Combine(Path.GetDirectoryName(ShippedRecipes.Folder)!, "pipeline");
        IEnumerable<string> found =
            from file in Directory.EnumerateFiles(pipeline, "*.cs", SearchOption.AllDirectories)
            where !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}")
                && !OtherFormats.Contains(Path.GetFileName(file))
            from Match literal in Literal.Matches(File.ReadAllText(file))
            where keys.Contains(literal.Groups["text"].Value)
            select $"{Path.GetRelativePath(pipeline, file)}: {literal.Value}";

        found.Should().BeEmpty();
    }

    [Fact]
    public void Every_key_with_a_fingerprint_has_a_place_of_its_own()
    {
        int[] places =
        [
            .. KeysOf(MapForm.Of(typeof(Recipe))).Select(key => key.Fingerprint?.Place ?? 0).Where(place => place > 0),
        ];

        places.Should().OnlyHaveUniqueItems().And.HaveCount(22);
    }

    private static IEnumerable<RecipeKey> KeysOf(MapForm map) =>
        map.Keys.SelectMany(key => key.Form is MapForm section ? KeysOf(section) : [key]);
}
