using TorchSharp;
using VisualChat.Model.Checkpoints;
using VisualChat.Model.Errors;
using VisualChat.Model.Parameters;
using VisualChat.Model.Vision;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.Vision;

/// <summary>
/// Where Qwen-VL's encoder may lie: extracted, in a whole chat model, in a model of this program.
/// </summary>
public sealed class QwenFoldersTests
{
    private static readonly QwenVisionConfig Small = new()
    {
        HiddenSize = 16,
        IntermediateSize = 20,
        Layers = 2,
        PatchSize = 4,
        Positions = 4,
        Queries = 4,
        OutputSize = 128,
        ImageSize = 8,
    };

    private readonly string _folder = TestData.NewFolder();

    [Theory]
    [InlineData("")]
    [InlineData("transformer.visual.")]
    [InlineData("vis_encoder.")]
    public void A_tower_is_found_by_its_tensors_whatever_their_names_begin_with(string root)
    {
        Write(Shapes(root));
        Config("""{"model_type":"clip","vision_config":{"image_size":224,"hidden_size":16,"layer_norm_eps":1e-5}}""");
        Preprocessor(8);
        VisionTowerConfig.Read(_folder).Should().Be(Small);
        using ChatModel model = Model();
        model.PassedOver.Should().BeEmpty();
    }

    [Fact]
    public void In_a_whole_chat_model_other_tensors_are_passed_over_and_the_last_map_is_left_out()
    {
        Dictionary<string, long[]> shapes = Shapes("transformer.visual.");
        shapes.Add("transformer.visual.proj", [128, 128]);
        shapes.Add("transformer.wte.weight", [3, 2]);
        shapes.Add("transformer.h.0.attn.c_attn.weight", [3, 2]);
        shapes.Add("lm_head.weight", [3, 2]);
        Write(shapes);
        Config("""
            {"model_type":"qwen","visual":{"heads":4,"image_size":8,"width":16,"layers":48,"mlp_ratio":4.9231}}
            """);
        VisionTowerConfig.Read(_folder).Should().Be(Small with { Heads = 4 });
        using ChatModel model = Model();
        model.PassedOver.Should().Equal(
            $"'{_folder}': 3 tensors of other parts of a whole model are passed over.");
    }

    [Fact]
    public void Every_tensor_that_does_not_fit_is_named()
    {
        Dictionary<string, long[]> shapes = Shapes("");
        _ = shapes.Remove("ln_post.bias");
        _ = shapes.Remove("transformer.resblocks.0.mlp.c_fc.weight");
        shapes["conv1.weight"] = [24, 3, 4, 4];
        shapes["transformer.resblocks.1.attn.in_proj.weight"] = [48, 17];
        shapes.Add("attn_pool.ln_k.weight", [128]);
        Write(shapes);
        Preprocessor(8);
        Action act = () => Model().Dispose();
        act.Should().Throw<ModelException>().Which.Problems.Should().Equal(
            $"'{_folder}': 'conv1.weight' is [24, 3, 4, 4], not [16, 3, 4, 4].",
            $"'{_folder}': 'transformer.resblocks.0.mlp.c_fc.weight' of [20, 16] is missing.",
            $"'{_folder}': 'transformer.resblocks.1.attn.in_proj.weight' is [48, 17], not [48, 16].",
            $"'{_folder}': 'ln_post.bias' of [128] is missing.",
            $"'{_folder}': 'attn_pool.ln_k.weight' is unexpected; this model has no tensor of that name.");
    }

    [Theory]
    [InlineData("""{"size":336,"crop_size":224}""", "*'size' is 336, and the tower takes images of 224.*")]
    [InlineData("""{"size":8,"image_mean":[0.5,0.5,0.5]}""", "*'image_mean' is *")]
    [InlineData("""{"size":2}""", "*an image of 2 pixels holds no patch of 4.")]
    public void Other_pixels_than_are_made_here_are_refused(string preprocessor, string problem)
    {
        Write(Shapes(""));
        File.WriteAllText(Path.Combine(_folder, "preprocessor_config.json"), preprocessor);
        Action act = () => VisionTowerConfig.Read(_folder);
        act.Should().Throw<ModelException>().WithMessage(problem);
    }

    [Fact]
    public void Damaged_weights_without_a_configuration_are_told_as_damaged()
    {
        File.WriteAllText(Path.Combine(_folder, "model.safetensors"), "<html>");
        Action act = () => VisionTowerConfig.Read(_folder);
        act.Should().Throw<ModelException>().WithMessage("*model.safetensors' is not a file of tensors*");
    }

    [Fact]
    public void A_queries_table_that_is_no_square_is_refused()
    {
        Dictionary<string, long[]> shapes = Shapes("");
        shapes["attn_pool.query"] = shapes["attn_pool.pos_embed"] = [6, 128];
        Write(shapes);
        Action act = () => VisionTowerConfig.Read(_folder);
        act.Should().Throw<ModelException>().WithMessage($"'{_folder}': 6 queries are no square.");
    }

    [Fact]
    public void An_exported_model_holds_its_tower_and_answers_as_before()
    {
        using DisposeScope scope = NewDisposeScope();
        ModelDescription description = ModelFixture.Description(ScalarType.Float32) with { Vision = Small };
        using ChatModel model = ChatModel.Create(description);
        ModelExport.Write(model, _folder);
        ModelConfig.TryReadWhole(_folder)!.Vision.Should().Be(Small);
        ModelConfig.TowerIn(_folder).Should().Be("Qwen-VL vision tower with features of 128");

        using ChatModel copy = ChatModel.Create(
            description with { Checkpoint = _folder, CheckpointKind = CheckpointKind.Whole, Seed = 99 });
        using var generator = new Generator(5);
        using Tensor pixels = randn([2, 3, 8, 8], generator: generator);
        using VisionTower tower = Small.Tower(model.Parameters), copied = Small.Tower(copy.Parameters);
        copied.Features(pixels).Equals(tower.Features(pixels)).Should().BeTrue();

        (string vision, string language) = (TestData.NewFolder(), TestData.NewFolder());
        ModelExport.WriteTowers(model, vision, language);
        VisionTowerConfig.Read(vision).Should().Be(Small);
        using ChatModel again = ChatModel.Create(description with { VisionFolder = vision, Seed = 99 });
        using VisionTower read = Small.Tower(again.Parameters);
        read.Features(pixels).Equals(tower.Features(pixels)).Should().BeTrue();
    }

    private ChatModel Model() => ChatModel.Create(ModelFixture.Description(ScalarType.Float32) with
    {
        Vision = VisionTowerConfig.Read(_folder),
        VisionFolder = _folder,
    });

    private static Dictionary<string, long[]> Shapes(string root) =>
        QwenParameters.All(Small).ToDictionary(spec => root + spec.NameInFolder, spec => spec.Shape);

    private void Write(Dictionary<string, long[]> shapes) =>
        ModelFixture.Write(Path.Combine(_folder, "model.safetensors"), shapes);

    private void Config(string json) => File.WriteAllText(Path.Combine(_folder, "config.json"), json);

    private void Preprocessor(int size) => File.WriteAllText(
        Path.Combine(_folder, "preprocessor_config.json"), $$"""{"size":{{size}},"crop_size":{{size}}}""");
}
