using VisualChat.Model.Safetensors;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Recipes;

namespace VisualChat.Pipeline.Tests.Recipes;

/// <summary>Recipes whose vision tower is Qwen-VL's: what follows for images.</summary>
public sealed class QwenTowerRecipeTests : IDisposable
{
    private const string Yaml =
        """
        name: x
        data: { sources: [{ name: llava }] }
        tokenizer: t.model
        model: { vision: ., language: l }
        """;

    private const string Clip =
        """{"model_type":"clip","vision_config":{"image_size":224,"patch_size":14,"num_attention_heads":2}}""";

    private const string Sizes =
        "model.vision={ hidden_size: 8, intermediate_size: 8, num_hidden_layers: 1, num_attention_heads: 1, "
        + "patch_size: 14";

    private readonly string _folder = Directory.CreateTempSubdirectory("visualchat-").FullName;

    public QwenTowerRecipeTests()
    {
        using (FileStream file = File.Create(Path.Combine(_folder, "model.safetensors")))
        {
            SafetensorsWriter.Write(
                file,
                [Zeros("conv1.weight", 8, 3, 14, 14), Zeros("attn_pool.kv_proj.weight", 128, 8),
                 Zeros("attn_pool.query", 9, 128), Zeros("positional_embedding", 16, 8)]);
        }

        File.WriteAllText(Path.Combine(_folder, "config.json"), Clip);
        WritePreprocessor("""{"size":56,"crop_size":56}""");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Tokens_are_the_resamplers_queries_and_the_size_is_the_preprocessors()
    {
        RecipeText.Parse(Yaml, _folder, ["images.size=56"]).Images.VisualTokens.Should().Be(9);
        ProblemsOf("images.size=224").Should().Equal(
            "'images.size' (--set images.size=224) is 224, but the model in '.' takes images of 56");
        ProblemsOf("images.size=56", "images.tokens=17").Should().Equal(
            "'images.tokens' (--set images.tokens=17) is 17, but model.vision makes 9 of an image of 56 "
            + "with patches of 14");
    }

    [Theory]
    [InlineData("vit")]
    [InlineData("perceiver")]
    public void A_projection_of_CLIPs_features_is_refused(string projection) =>
        ProblemsOf("images.size=56", $"model.projection={projection}").Should().Equal(
            $"'model.projection' (--set model.projection={projection}) is '{projection}', which takes the features "
            + "of a CLIP vision tower, but model.vision is Qwen-VL's, which goes with 'baseline' alone");

    [Fact]
    public void Images_are_cropped_unless_the_preprocessor_gives_both_sides()
    {
        ResizeOf("images.size=56").Should().Be(ImageResize.Crop);
        ResizeOf("images.size=56", "images.resize=squash").Should().Be(ImageResize.Squash);
        WritePreprocessor("""{"size":{"height":56,"width":56},"do_center_crop":false}""");
        ResizeOf("images.size=56").Should().Be(ImageResize.Squash);
        ProblemsOf("images.size=56", "images.resize=crop").Should().Equal(
            "'images.resize' (--set images.resize=crop) is 'crop', but the preprocessor_config.json in '.' gives both "
            + "sides of an image, so its tower was trained on squashed images; remove the key");
    }

    [Fact]
    public void Squashed_images_are_other_shards_unless_originals_are_stored()
    {
        Fingerprint("images.resize=crop").Should().Be(Fingerprint());
        Fingerprint("images.resize=squash").Should().NotBe(Fingerprint());
        Fingerprint("images.store=original", "images.resize=squash").Should().Be(Fingerprint("images.store=original"));

        string Fingerprint(params string[] settings) =>
            RecipeFingerprint.Of(RecipeText.Parse(Yaml, _folder, ["images.size=56", .. settings]), "tokenizer");
    }

    [Fact]
    public void A_random_tower_makes_as_many_tokens_as_it_has_queries()
    {
        RecipeText.Parse(Yaml, _folder, [Sizes + ", output_size: 256, queries: 16 }"])
            .Images.VisualTokens.Should().Be(16);
        RecipeText.Parse(Yaml, _folder, [Sizes + ", output_size: 256 }"]).Images.VisualTokens.Should().Be(256);
        RecipeText.Parse(Yaml, _folder, [Sizes + " }"]).Images.VisualTokens.Should().Be(257);
    }

    [Theory]
    [InlineData(", queries: 16 }", "*queries*is for a tower with a resampler only; remove it, or give *output_size")]
    [InlineData(", output_size: 200 }", "*output_size*is 200, and must be a multiple of 128")]
    [InlineData(", output_size: 256, queries: 8 }", "*queries*is 8, and must be a square, as 256 is")]
    [InlineData(", output_size: 256, layer_norm_eps: 1e-5 }", "*layer_norm_eps*is for CLIP's tower; *; remove it")]
    public void Sizes_that_do_not_go_together_are_told(string sizes, string problem) =>
        ProblemsOf(Sizes + sizes).Should().ContainSingle().Which.Should().Match(problem);

    [Fact]
    public void A_tower_whose_sizes_do_not_fit_is_told_as_the_recipes()
    {
        File.WriteAllText(Path.Combine(_folder, "config.json"), Clip.Replace(":2}", ":3}"));
        ProblemsOf("images.size=56").Should().Equal(
            $"model.vision: '{_folder}': a width of 8 does not divide into 3 heads.");
    }

    [Fact]
    public void A_resolved_recipe_of_a_random_tower_reads_as_the_same_recipe()
    {
        Recipe recipe =
            RecipeText.Parse(Yaml, _folder, [Sizes + ", output_size: 256, queries: 16 }", "images.resize=squash"]);
        recipe.ToYaml().Should().Contain("  resize: squash\n").And.NotContain("layer_norm_eps");
        RecipeText.Parse(recipe.ToYaml(), _folder, []).ToYaml().Should().Be(recipe.ToYaml());
    }

    [Fact]
    public void Weights_that_cannot_be_read_are_told_where_the_size_is_not_that_of_config_json()
    {
        string weights = Path.Combine(_folder, "model.safetensors");
        File.WriteAllBytes(weights, File.ReadAllBytes(weights)[..100]);
        ProblemsOf("images.size=56").Should().ContainSingle().Which.Should().Match(
            "'images.size' (--set images.size=56) is 56, but the model in '.' takes images of 224 by its config.json "
            + $"alone: '{weights}' is not a file of tensors that can be read: *");
    }

    private ImageResize ResizeOf(params string[] settings) => RecipeText.Parse(Yaml, _folder, settings).Images.Resize;

    private IReadOnlyList<string> ProblemsOf(params string[] settings)
    {
        Action act = () => RecipeText.Parse(Yaml, _folder, settings);
        return act.Should().Throw<InputException>().Which.Problems;
    }

    private void WritePreprocessor(string json) =>
        File.WriteAllText(Path.Combine(_folder, "preprocessor_config.json"), json);

    private static SafetensorsTensor Zeros(string name, params long[] shape) =>
        SafetensorsTensor.Of(name, shape, new float[shape.Aggregate(1L, (count, size) => count * size)]);
}
