using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Recipes;

namespace VisualChat.Pipeline.Tests.Recipes;

public sealed class WrongRecipeTests
{
    private const string Start = "name: x\ntokenizer: t.model\n";
    private const string Llava = "data: { sources: [{ name: llava }] }\n";

    public static TheoryData<string, string[]> Wrong => new()
    {
        { "", ["the recipe is empty"] },
        { "# nothing\n", ["the recipe is empty"] },
        { "- a\n", ["the recipe must be a map of keys (line 1)"] },
        { "name: x\nseed: [\n", ["not valid YAML (line 3, column 1): While parsing a node, did not find expected node content"] },
        { $"{Start}{Llava}---\nname: y\n", ["not valid YAML (line 4, column 1): a second YAML document begins here; a recipe is one document"] },
        { $"{Start}{Llava}seed: &a 1\nimages: *a\n", ["not valid YAML (line 5, column 9): the alias *a is not read in a recipe; write the value out"] },
        { $"{Start}{Llava}seed: !!int 5\n", ["not valid YAML (line 4, column 7): the tag tag:yaml.org,2002:int is not read in a recipe; quote what is text, leave plain what is a number"] },
        { $"{Start}{Llava}seed: .nan\n", ["not valid YAML (line 4, column 7): .nan is not a number that a recipe can use"] },
        { "name: x\n", ["'data' is missing (line 1): a map of sources, max_images, max_sequence_tokens, max_turn_tokens, validation, missing_images, sample_world", "'tokenizer' is missing (line 1): the path of a SentencePiece model"] },
        { $"{Start}{Llava}name: y\n", ["key 'name' is given twice (line 1, line 4); keep one"] },
        { $"{Start}{Llava}training:\n  batchs: 3\n", ["unknown key 'training.batchs' (line 5); did you mean 'training.batch'?"] },
        { $"{Start}{Llava}batch: 3\n", ["unknown key 'batch' (line 4); did you mean 'training.batch'?"] },
        { $"{Start}{Llava}zebra: 3\n", ["unknown key 'zebra' (line 4); known here: name, seed, data, tokenizer, template, images, shards, model, training"] },
        { $"{Start}{Llava}seed: \"5\"\n", ["'seed' (line 4) must be a whole number, not '5'"] },
        { $"{Start}{Llava}seed: 1.5\n", ["'seed' (line 4) must be a whole number, not 1.5"] },
        { $"{Start}{Llava}model:\n", ["'model' (line 4) must be a map of vision, language, start, projection, attention, trainable, dtype, not null"] },
        { $"{Start}data: {{ sources: [] }}\n", ["'data.sources' (line 3) must be a list of at least one source, such as [{ name: llava }], not []"] },
        { $"{Start}data: {{ sources: [5] }}\n", ["'data.sources.0' (line 3) must be a map of name, format, annotations, images, samples, concatenate, follow_up, not 5"] },
        { $"{Start}data: {{ sources: [{{ name: lava }}] }}\n", ["unknown source 'lava' ('data.sources.0.name', line 3); did you mean 'llava'? Your own data needs a 'format'"] },
        { $"{Start}data:\n  sources:\n    - {{ name: llava }}\n    - {{ name: llava }}\n", ["the source 'llava' is there twice (line 5, line 6); keep one, or give each its own name and format"] },
        { $"{Start}data: {{ sources: [{{ name: mine, format: llava }}] }}\n", ["'data.sources.0.annotations' is missing (line 3): a source with a format names its annotation files"] },
        { $"{Start}data: {{ sources: [{{ name: llava, follow_up: true }}] }}\n", ["'data.sources.0.follow_up' (line 3) is for llava_otter_blend only; remove it from 'llava'"] },
        { $"{Start}data: {{ sources: [{{ name: llava_otter_blend, images: x }}] }}\n", ["'data.sources.0.images' (line 3): llava_otter_blend joins llava, llava_dial and otter_mimicit_cgd and has no files of its own; remove it"] },
        { $"{Start}data: {{ sources: [{{ name: llava, concatenate: 9, samples: none }}] }}\n", ["'data.sources.0.samples' (line 3) must be 'all' or a whole number from 1 to 1000000000, not 'none'", "'data.sources.0.concatenate' (line 3) is 9, more than data.max_images, which is 8: every conversation joined shows an image"] },
        { $"{Start}data: {{ sources: [{{ name: llava }}], validation: {{ fraction: 1, by: person }} }}\n", ["'data.validation.fraction' (line 3) must be a number of at least 0 and below 1, not 1", "'data.validation.by' (line 3) must be one of sample, image, not 'person'"] },
        { $"{Start}data: {{ sources: [{{ name: llava }}], max_sequence_tokens: 257 }}\n", ["'data.max_sequence_tokens' (line 3) is 257, but one image alone takes 257"] },
        { "name: x\ntokenizer: \"a\\0b\"\n" + Llava, ["'tokenizer' (line 2) must be the path of a SentencePiece model, not 'a\0b'"] },
        { $"{Start}{Llava}images: {{ size: 100 }}\n", ["'images.size' (line 4) is 100, not a multiple of the vision model's patch of 14; change it or give images.tokens"] },
        { $"{Start}{Llava}training:\n  batch: 8\n  micro_batch: 3\n  learning_rate: 0\n  evaluate_every: never\n", ["'training.learning_rate' (line 7) must be a number above 0, not 0", "'training.evaluate_every' (line 8) must be 'epoch' or a whole number from 1 to 1000000000, not 'never'", "'training.micro_batch' (line 6) is 3 and must divide training.batch, which is 8"] },
        { $"{Start}{Llava}model:\n  vision: {{ hidden_size: 10, intermediate_size: 4, num_hidden_layers: 1, num_attention_heads: 3, patch_size: 14, depth: 2 }}\n  language: 5\n  trainable: [vision, ears]\n", ["unknown key 'model.vision.depth' (line 5); known here: hidden_size, intermediate_size, num_hidden_layers, num_attention_heads, patch_size, layer_norm_eps", "'model.language' (line 6) must be the path of a Hugging Face folder or a map of hidden_size, intermediate_size, num_hidden_layers, num_attention_heads, num_key_value_heads, rms_norm_eps, rope_theta, not 5", "'model.trainable.1' (line 7) must be one of projection, embeddings, vision, language, not 'ears'"] },
        { $"{Start}{Llava}images: {{ size: 28, tokens: 6 }}\nmodel:\n  vision: {{ hidden_size: 10, intermediate_size: 4, num_hidden_layers: 1, num_attention_heads: 3, patch_size: 14 }}\n  language: {{ hidden_size: 12, intermediate_size: 4, num_hidden_layers: 1, num_attention_heads: 4, num_key_value_heads: 3 }}\n", ["'images.tokens' (line 4) is 6, but model.vision makes 5 of an image of 28 with patches of 14", "'model.vision.num_attention_heads' (line 6) is 3 and must divide hidden_size, which is 10", "'model.language' (line 7) gives each head 3 dimensions; rotary positions need an even number", "'model.language.num_key_value_heads' (line 7) is 3 and must divide num_attention_heads, which is 4"] },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Every_problem_is_listed_with_its_key_its_line_and_what_is_allowed(string yaml, string[] problems) =>
        ProblemsOf(() => RecipeText.Parse(yaml, "/r", [])).Should().Equal(problems);

    [Theory]
    [InlineData("training.batch", "--set training.batch: write KEY=VALUE, such as --set training.batch=32")]
    [InlineData("=3", "--set =3: write KEY=VALUE, such as --set training.batch=32")]
    [InlineData("training.batch=many", "'training.batch' (--set training.batch=many) must be a whole number from 1 to 1000000, not 'many'")]
    [InlineData("training.batchs=3", "unknown key 'training.batchs' (--set training.batchs=3); did you mean 'training.batch'?")]
    [InlineData("data.sources.3.samples=1", "--set data.sources.3.samples=1: 'data.sources' has no entry '3'; it has llava")]
    [InlineData("data.sources.dial.samples=1", "--set data.sources.dial.samples=1: 'data.sources' has no entry 'dial'; it has llava")]
    [InlineData("name.first=x", "--set name.first=x: 'name' is \"x\" (line 1), so it has no key 'first'")]
    [InlineData("seed=[", "not valid YAML (--set seed=[): While parsing a node, did not find expected node content")]
    public void A_wrong_override_is_named_as_it_was_typed(string setting, string problem) =>
        ProblemsOf(() => RecipeText.Parse(Start + Llava, "/r", [setting])).Should().Equal(problem);

    [Fact]
    public void Deep_nesting_is_refused_and_does_not_overflow_the_stack() =>
        ProblemsOf(() => RecipeText.Parse(new string('[', 100_000), "/r", [])).Should().Equal("not valid YAML (line 1, column 34): nested more than 32 deep");

    [Fact]
    public void A_recipe_that_is_not_there_is_named_with_where_it_was_looked_for()
    {
        string path = Path.Combine(Path.GetTempPath(), "no-such-recipe.yaml");

        ProblemsOf(() => RecipeText.Read(path, [])).Should().Equal($"there is no recipe '{path}' (looked for {path})");
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
            ProblemsOf(() => RecipeText.Read(path, [])).Should().ContainSingle().Which.Should().StartWith($"'{path}' is not UTF-8 text: ");
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
            File.WriteAllText(Path.Combine(folder, "config.json"), """{"vision_config": {"patch_size": 16, "image_size": 384}}""");
            ProblemsOf(() => RecipeText.Parse($"{Start}{Llava}model: {{ vision: ., language: l }}\n", folder, []))
                .Should().Equal("'images.size' (by default) is 224, but the model in '.' takes images of 384");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static IReadOnlyList<string> ProblemsOf(Func<Recipe> read) => read.Should().Throw<InputException>().Which.Problems;
}
