using VisualChat.Pipeline.Recipes;

namespace VisualChat.Pipeline.Tests.Recipes;

public sealed class RecipeFingerprintTests
{
    private const string Yaml =
        """
        name: x
        data:
          sources:
            - { name: llava, samples: 12, concatenate: 3 }
            - { name: llava_otter_blend }
            - { name: mine, format: llava, annotations: [a.json], images: photos }
          sample_world: {}
        tokenizer: t.model
        model: { vision: v, language: l }
        training: {}
        """;

    [Theory]
    [InlineData("seed=1")]
    [InlineData("data.sources.llava.samples=11")]
    [InlineData("data.sources.llava.samples=all")]
    [InlineData("data.sources.llava.concatenate=2")]
    [InlineData("data.sources.llava.name=llava_dial")]
    [InlineData("data.sources.llava.annotations=[b.json]")]
    [InlineData("data.sources.llava.images=elsewhere")]
    [InlineData("data.sources.llava_otter_blend.follow_up=true")]
    [InlineData("data.sources.mine.format=conversations")]
    [InlineData("data.sources.mine.annotations=[a.json, b.json]")]
    [InlineData("data.max_images=7")]
    [InlineData("data.max_sequence_tokens=2048")]
    [InlineData("data.max_turn_tokens=512")]
    [InlineData("data.validation.fraction=0.2")]
    [InlineData("data.validation.by=image")]
    [InlineData("data.missing_images=drop-image")]
    [InlineData("data.sample_world.samples=10")]
    [InlineData("data.sample_world.seed=2")]
    [InlineData("template.system=Hello")]
    [InlineData("images.store=original")]
    [InlineData("images.size=336")]
    [InlineData("images.encoding=webp")]
    [InlineData("images.tokens=256")]
    [InlineData("shards.target_mb=64")]
    [
        InlineData(
            "model.vision={ hidden_size: 8, intermediate_size: 8, num_hidden_layers: 1, num_attention_heads: 1, " +
            "patch_size: 16 }"),
    ]
    public void What_decides_the_shards_changes_it(string setting) => Of([setting]).Should().NotBe(Of([]));

    [Theory]
    [InlineData("name=y")]
    [InlineData("tokenizer=elsewhere/t.model")]
    [InlineData("seed=1234")]
    [InlineData("images.tokens=257")]
    [InlineData("model.vision=elsewhere")]
    [InlineData("model.language=elsewhere")]
    [InlineData("model.attention=causal")]
    [InlineData("model.trainable=all")]
    [InlineData("model.dtype=float32")]
    [InlineData("training.epochs=9")]
    [InlineData("training.batch=9")]
    [InlineData("training.learning_rate=9")]
    public void What_only_training_reads_does_not_change_it(string setting) => Of([setting]).Should().Be(Of([]));

    [Theory]
    [InlineData("images.size=336", "images.tokens=257")]
    [InlineData("images.encoding=webp", "images.tokens=257")]
    public void Kept_source_bytes_do_not_depend_on_size_or_encoding(string setting, string tokens) =>
        Of(["images.store=original", setting, tokens]).Should().Be(Of(["images.store=original"]));

    [Fact]
    public void The_order_of_sources_changes_it() =>
        Of(["data.sources=[{ name: llava }, { name: llava_dial }]"])
            .Should()
            .NotBe(Of(["data.sources=[{ name: llava_dial }, { name: llava }]"]));

    [Fact]
    public void The_tokenizers_content_changes_it() => Of([], "other").Should().NotBe(Of([]));

    [Fact]
    public void The_recipes_folder_does_not_change_it() =>
        RecipeFingerprint.Of(RecipeText.Parse(Yaml, "/elsewhere", []), "tokenizer").Should().Be(Of([]));

    [Fact]
    public void It_is_a_sha_256_in_hexadecimal() => Of([]).Should().MatchRegex("^[0-9a-f]{64}$");

    private static string Of(string[] settings, string tokenizer = "tokenizer") =>
        RecipeFingerprint.Of(RecipeText.Parse(Yaml, "/r", settings), tokenizer);
}
