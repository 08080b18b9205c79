using VisualChat.Model.Parameters;
using VisualChat.Pipeline.Conversations;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Tests.Recipes;
using VisualChat.Pipeline.Training;

namespace VisualChat.Pipeline.Tests.Training;

public sealed class ModelDescriptionsTests : IDisposable
{
    private const string Yaml =
        """
        name: x
        data: { sources: [{ name: llava }], max_sequence_tokens: 512 }
        tokenizer: t.model
        images: { size: 28 }
        model:
          vision:
            { hidden_size: 8, intermediate_size: 8, num_hidden_layers: 1, num_attention_heads: 1, patch_size: 14 }
          language: { hidden_size: 8, intermediate_size: 8, num_hidden_layers: 1, num_attention_heads: 2 }
        """;

    private readonly string _checkpoint = Directory.CreateTempSubdirectory("visualchat-").FullName;

    public void Dispose() => Directory.Delete(_checkpoint, recursive: true);

    [Theory]
    [InlineData("clip_vision_model", "hidden_size", 1024, "CLIP")]
    [InlineData("qwen_visual", "output_size", 4096, "Qwen-VL")]
    public void A_checkpoint_of_another_tower_is_refused_and_both_are_named(
        string type, string key, int width, string kind)
    {
        Config(type, key, width);
        Action act = () => Describe();
        act.Should().Throw<InputException>().WithMessage(
            $"'{_checkpoint}' was trained with a {kind} vision tower with features of {width}, and model.vision is a "
            + "CLIP vision tower with features of 8. Name the tower that it was trained with.");
    }

    [Fact]
    public void A_checkpoint_of_a_tower_like_the_recipes_or_of_one_it_does_not_tell_is_taken()
    {
        Config("clip_vision_model", "hidden_size", 8);
        FluentActions.Invoking(() => Describe()).Should().NotThrow();
        Config("other", "hidden_size", 1024);
        FluentActions.Invoking(() => Describe()).Should().NotThrow();
    }

    [Fact]
    public void Sizes_with_an_output_size_make_Qwen_VLs_tower()
    {
        Config("qwen_visual", "output_size", 256);
        string[] settings = ["model.vision.output_size=256", "model.vision.queries=16"];
        Describe(settings).Vision.Should().Be(new Model.Vision.QwenVisionConfig
        {
            HiddenSize = 8,
            IntermediateSize = 8,
            Layers = 1,
            Heads = 1,
            PatchSize = 14,
            Positions = 16,
            Queries = 16,
            OutputSize = 256,
            ImageSize = 28,
        });
    }

    [Theory]
    [InlineData("mmca", "cra-ca")]
    [InlineData("cra-ca", "causal")]
    public void A_checkpoint_of_an_attention_with_or_without_gated_layers_is_refused_under_another(
        string trained, string own)
    {
        Attention(trained);
        Action act = () => Describe($"model.attention={own}", "model.cross_attention.every=1");
        act.Should().Throw<InputException>().WithMessage(
            $"'{_checkpoint}' was trained under the attention {trained}, and model.attention is {own}: one of them "
            + $"has gated layers, the other has none. Set model.attention={trained}.");
    }

    [Fact]
    public void A_training_may_start_with_a_model_without_gated_layers()
    {
        Attention("mmca");
        string[] settings =
            ["model.attention=cra-ca", "model.cross_attention.every=1", $"model.start={_checkpoint}"];
        Recipe recipe = RecipeText.Parse(Yaml, "/r", settings);
        Model.ModelDescription description = ModelDescriptions.Of(recipe, new SpecialTokens(100), "cpu");
        (description.Start, description.CrossAttention.Every, description.ImagePositions)
            .Should().Be((_checkpoint, 1, 1));
        description.Trainable.Should().Be(
            ModelPart.Projection | ModelPart.Embeddings | ModelPart.CrossAttention);
    }

    [Fact]
    public void Weights_of_the_released_system_have_no_gated_layers()
    {
        File.WriteAllText(Path.Combine(_checkpoint, "pytorch_model.bin"), "");
        Action act = () => Describe("model.attention=cra-ca", "model.cross_attention.every=1");
        act.Should().Throw<InputException>().WithMessage(
            $"'{_checkpoint}' is of DeepSpeed-VisualChat, which has no gated layers, and model.attention is cra-ca. "
            + "Set it to mmca-deepspeed or causal.");
    }

    private void Attention(string name) => File.WriteAllText(
        Path.Combine(_checkpoint, "config.json"),
        $$"""{"model_type":"visualchat","whole":false,"attention":"{{name}}","vision_config":{} }""");

    private Model.ModelDescription Describe(params string[] settings)
    {
        Recipe recipe = RecipeText.Parse(Yaml, "/r", settings);
        return ModelDescriptions.Of(recipe, new SpecialTokens(100), "cpu", _checkpoint);
    }

    private void Config(string type, string key, int width) => File.WriteAllText(
        Path.Combine(_checkpoint, "config.json"),
        $$"""
        {"model_type":"visualchat","whole":false,
         "vision_config":{"model_type":"{{type}}","{{key}}":{{width}} } }
        """);
}
