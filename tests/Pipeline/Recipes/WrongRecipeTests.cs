using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Recipes;

namespace VisualChat.Pipeline.Tests.Recipes;

public sealed class WrongRecipeTests
{
    private const string Start = "name: x\ntokenizer: t.model\n";
    private const string Llava = "data: { sources: [{ name: llava }] }\n";

    /// <summary>The cases of <c>wrong.txt</c>: a recipe, and every problem it has.</summary>
    public static TheoryData<string, string[]> Wrong
    {
        get
        {
            var data = new TheoryData<string, string[]>
            {
                { "", ["the recipe is empty"] },
                {
                    "name: x\ntokenizer: \"a\\0b\"\n" + Llava,
                    ["'tokenizer' (line 2) must be the path of a SentencePiece model, not 'a\0b'"]
                },
            };
            string text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Data", "recipes", "wrong.txt"));
            foreach (string item in text.ReplaceLineEndings("\n").Split("== recipe\n").Skip(1))
            {
                string[] parts = item.Split("== problems\n");
                data.Add(parts[0], parts[1].Split('\n', StringSplitOptions.RemoveEmptyEntries));
            }

            data.Count.Should().BeGreaterThan(29);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Every_problem_is_listed_with_its_key_its_line_and_what_is_allowed(string yaml, string[] problems) =>
        ProblemsOf(() => RecipeText.Parse(yaml, "/r", [])).Should().Equal(problems);

    [Theory]
    [InlineData("training.batch", "--set training.batch: write KEY=VALUE, such as --set training.batch=32")]
    [InlineData("=3", "--set =3: write KEY=VALUE, such as --set training.batch=32")]
    [
        InlineData(
            "training.batch=many",
            "'training.batch' (--set training.batch=many) must be a whole number from 1 to 1000000, not 'many'"),
    ]
    [
        InlineData(
            "training.batchs=3",
            "unknown key 'training.batchs' (--set training.batchs=3); did you mean 'training.batch'?"),
    ]
    [
        InlineData(
            "data.sources.3.samples=1",
            "--set data.sources.3.samples=1: 'data.sources' has no entry '3'; it has llava"),
    ]
    [
        InlineData(
            "data.sources.dial.samples=1",
            "--set data.sources.dial.samples=1: 'data.sources' has no entry 'dial'; it has llava"),
    ]
    [InlineData("name.first=x", "--set name.first=x: 'name' is \"x\" (line 1), so it has no key 'first'")]
    [InlineData("seed=[", "not valid YAML (--set seed=[): While parsing a node, did not find expected node content")]
    public void A_wrong_override_is_named_as_it_was_typed(string setting, string problem) =>
        ProblemsOf(() => RecipeText.Parse(Start + Llava, "/r", [setting])).Should().Equal(problem);

    [Fact]
    public void Deep_nesting_is_refused_and_does_not_overflow_the_stack() =>
        ProblemsOf(() => RecipeText.Parse(new string('[', 100_000), "/r", []))
            .Should()
            .Equal("not valid YAML (line 1, column 34): nested more than 32 deep");

    [Fact]
    public void A_recipe_that_is_not_there_is_named_with_where_it_was_looked_for()
    {
        string path = Path.Combine(Path.GetTempPath(), "no-such-recipe.yaml");

        ProblemsOf(() => RecipeText.Read(path, []))
            .Should()
            .Equal($"there is no recipe '{path}' (looked for {path}): there is no such file");
    }

    [Fact]
    public void A_folder_is_not_a_recipe() =>
        ProblemsOf(() => RecipeText.Read(AppContext.BaseDirectory, []))
            .Should().Equal($"'{AppContext.BaseDirectory}' is a folder; name the recipe's YAML file in it");

    [Fact]
    public void A_file_that_is_not_text_is_refused()
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, [(byte)'a', 0xFF, 0xFE]);
            ProblemsOf(() => RecipeText.Read(path, []))
                .Should()
                .ContainSingle()
                .Which.Should()
                .StartWith($"'{path}' is not UTF-8 text: ");
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void The_size_a_model_folder_takes_must_be_the_images_size()
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            File.WriteAllText(
                Path.Combine(folder, "config.json"),
                """{"vision_config": {"patch_size": 16, "image_size": 384}}""");
            ProblemsOf(() => RecipeText.Parse($"{Start}{Llava}model: {{ vision: ., language: l }}\n", folder, []))
                .Should().Equal("'images.size' (by default) is 224, but the model in '.' takes images of 384");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static IReadOnlyList<string> ProblemsOf(Func<Recipe> read) =>
        read.Should().Throw<InputException>().Which.Problems;
}
