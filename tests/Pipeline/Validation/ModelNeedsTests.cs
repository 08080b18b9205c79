using VisualChat.Model.Memory;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Tests.Recipes;
using VisualChat.Pipeline.Tokens;
using VisualChat.Pipeline.Validation;

namespace VisualChat.Pipeline.Tests.Validation;

/// <summary>
/// What the paper's models take, from their <c>config.json</c> files alone. The expected numbers
/// were computed by hand from the models' shapes.
/// </summary>
public sealed class ModelNeedsTests : IDisposable
{
    private const long Qwen = 1_918_833_408;

    private static readonly string Data = Path.Combine(AppContext.BaseDirectory, "Data");

    private readonly string _folder = Directory.CreateTempSubdirectory("visualchat-needs-").FullName;
    private readonly List<string> _problems = [];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("paper-7b", 303_177_728, 4_206_592, 131_084_288, 6_476_271_616)]
    [InlineData("paper-7b-qwen", Qwen, 16_789_504, 131_084_288, 6_476_271_616)]
    [InlineData("paper-13b", Qwen, 20_986_880, 163_855_360, 12_688_184_320)]
    [InlineData("paper-70b", Qwen, 33_579_008, 262_168_576, 68_452_360_192)]
    public async Task Parts_have_the_parameters_of_the_papers_models(
        string recipe, long tower, long projection, long table, long decoder)
    {
        ModelNeeds needs = await Find(recipe, "cpu");

        needs.Parts.Select(part => (part.Name, part.Parameters, part.Trained)).Should().Equal(
            ("vision tower", tower, 0),
            ("projection", projection, projection),
            ("embeddings", table, table),
            ("decoder", decoder, 0),
            ("head", table, 0));
        needs.Parts.Sum(part => part.MemoryBytes).Should()
            .Be(2 * (tower + projection + (2 * table) + decoder), "it computes in bf16");
    }

    [Fact]
    public async Task Weights_that_are_not_there_are_named_and_foretold_in_their_configurations_type()
    {
        ModelNeeds needs = await Find("paper-7b", "cpu");

        needs.Missing.Should().SatisfyRespectively(
            missing => missing.Should().StartWith($"'{At("models/clip-vit-large-patch14")}' has no weights:"),
            missing => missing.Should().StartWith($"'{At("models/Llama-2-7b-hf")}' has no weights:"));
        needs.Parts.Select(part => (part.Source, part.DiskBytes / part.Parameters)).Should().Equal(
            (WeightSource.Missing, 4),
            (WeightSource.Random, 4),
            (WeightSource.Missing, 2),
            (WeightSource.Missing, 2),
            (WeightSource.Missing, 2));
    }

    // Trained are 20,986,880 + 163,855,360 numbers; a position keeps 40 layers of 2 x 5,120.
    [Fact]
    public async Task Thirteen_billion_on_a_GPU_take_what_was_computed_by_hand()
    {
        ModelNeeds needs = await Find("paper-13b", "cuda:7");

        DeviceNeeds device = needs.Devices.Should().ContainSingle().Subject;
        device.Trained.Should().Be(new TrainedNeed(739_368_960, 739_368_960, 1_478_737_920));
        device.Training!.Kept.Frozen.Should().Be(2 * (Qwen + 12_688_184_320 + 163_855_360));
        device.Training.Kept.Trained.Should().Be(2_957_475_840);
        device.Training.Kept.Mapped.Should().Be(0);
        device.Training.Kept.Total.Should().BeGreaterThan(device.Training.Recomputed.Total);
        device.Answering.Should().Match<GenerationNeeds>(needs => needs.Positions == 4096 && needs.Conversations == 1);
        device.Answering.Need.Kept.Should().Be(3_355_443_200);
        device.Answering.Need.Trained.Should().Be(739_368_960);
        device.Serving.Should().Match<GenerationNeeds>(needs => needs.Positions == 16384 && needs.Conversations == 4);
        device.Serving.Need.Kept.Should().Be(4 * 3_355_443_200L);
        needs.Checkpoints.Should().Be(new CheckpointNeeds(2_218_106_880, 739_368_960, 2, null));
        needs.Checkpoints!.MostBytes.Should().Be(7_393_689_600);
        _problems.Should().ContainSingle().Which.Should().StartWith("The device 'cuda:7' is not there:");
    }

    // 64 heads of queries share 8 of keys: 80 layers of 2 x 1,024.
    [Fact]
    public async Task Seventy_billion_keep_fewer_keys_than_thirteen()
    {
        DeviceNeeds device = (await Find("paper-70b", "cuda:7")).Devices[0];

        device.Answering.Need.Kept.Should().Be(1_342_177_280);
        device.Answering.Need.Frozen.Should().Be(2 * (Qwen + 68_452_360_192 + 262_168_576));
    }

    [Fact]
    public async Task On_a_CPU_files_are_mapped_and_take_no_memory_of_their_own()
    {
        DeviceNeeds device = (await Find("paper-7b-qwen", "cpu")).Devices[0];

        device.Training!.Kept.Mapped.Should().Be((2 * Qwen) + (2 * 6_476_271_616));
        device.Training.Kept.Frozen.Should().Be(2 * 131_084_288, "a head of three more rows is a copy");
        device.HasRoomFor(new MemoryNeed(1, 0, 0, 0)).Should().BeTrue();
        device.HasRoomFor(new MemoryNeed(long.MaxValue, 0, 0, 0)).Should().BeFalse();
    }

    [Fact]
    public async Task Samples_are_as_long_as_the_recipe_allows_until_they_are_blended()
    {
        DeviceNeeds device = (await Find("paper-7b", "cpu")).Devices[0];

        // A CPU's passes are of 1,024 positions, and no shorter than a sample.
        device.Training!.Positions.Should().Be(4096);
    }

    [Fact]
    public async Task Several_devices_are_each_looked_at()
    {
        ModelNeeds needs = await Find("paper-7b", "cpu", "cuda:7");

        needs.Devices.Select(device => device.Device).Should().Equal("cpu", "cuda:7");
        needs.Devices[1].Memory.Should().BeNull();
        needs.Devices[1].HasRoomFor(needs.Devices[1].Answering.Need).Should().BeNull();
    }

    [Fact]
    public async Task A_training_larger_than_the_machine_that_was_asked_for_is_a_problem()
    {
        await Find("paper-7b", ["model.trainable=[vision, projection, embeddings, language]", "model.dtype=float32"],
            "cpu");

        bool isLarge = DeviceMemory.Of("cpu")!.Total > 120_000_000_000;
        _problems.Should().HaveCount(isLarge ? 0 : 1);
        _problems.Should().AllSatisfy(problem => problem.Should().StartWith(
            "The training does not fit into cpu's memory: the smallest step, of the longest sample's 4,096 positions"));
    }

    [Fact]
    public async Task The_disk_of_the_output_is_looked_at_though_its_folder_is_not_there_yet()
    {
        ModelNeeds needs = await Find(new RunPlace(["cpu"], At("out/of/it")), "paper-7b", []);

        needs.Checkpoints!.FreeBytes.Should().BeGreaterThan(0);
        needs.Checkpoints.Fits.Should().Be(needs.Checkpoints.MostBytes <= needs.Checkpoints.FreeBytes);
        Directory.Exists(At("out")).Should().BeFalse();
    }

    private Task<ModelNeeds> Find(string recipe, params string[] devices) => Find(recipe, [], devices);

    private Task<ModelNeeds> Find(string recipe, string[] settings, params string[] devices) =>
        Find(new RunPlace(devices, null), recipe, settings);

    private Task<ModelNeeds> Find(RunPlace place, string recipe, string[] settings)
    {
        Configuration("models/clip-vit-large-patch14", """
            {"model_type": "clip", "torch_dtype": "float32", "vision_config": {"model_type": "clip_vision_model",
             "hidden_size": 1024, "intermediate_size": 4096, "num_hidden_layers": 24, "num_attention_heads": 16,
             "image_size": 224, "patch_size": 14}}
            """);
        Configuration("models/qwen_clip", """
            {"model_type": "qwen", "bf16": true, "visual": {"heads": 16, "image_size": 448, "layers": 48,
             "mlp_ratio": 4.9231, "output_dim": 4096, "patch_size": 14, "width": 1664}}
            """);
        Configuration("models/Llama-2-7b-hf", Llama(4096, 11008, 32, 32, 32));
        Configuration("models/Llama-2-13b-hf", Llama(5120, 13824, 40, 40, 40));
        Configuration("models/Llama-2-70b-hf", Llama(8192, 28672, 80, 64, 8));
        string path = At(recipe + ".yaml");
        File.Copy(Path.Combine(ShippedRecipes.Folder, recipe + ".yaml"), path, overwrite: true);
        Recipe read = RecipeText.Read(path, settings);
        var tokenizer = SentencePieceTokenizer.Load(Path.Combine(Data, "tokens", "llama2-tokenizer.model"));
        return new NeedsOfRecipe(read, tokenizer, place, _problems).FindAsync(CancellationToken.None);
    }

    private static string Llama(int width, int inner, int layers, int heads, int keyHeads) => $$"""
        {"model_type": "llama", "torch_dtype": "float16", "hidden_size": {{width}}, "intermediate_size": {{inner}},
         "num_hidden_layers": {{layers}}, "num_attention_heads": {{heads}}, "num_key_value_heads": {{keyHeads}},
         "vocab_size": 32000, "max_position_embeddings": 4096}
        """;

    private void Configuration(string folder, string json)
    {
        Directory.CreateDirectory(At(folder));
        File.WriteAllText(At(folder + "/config.json"), json);
    }

    private string At(string path) => Path.Combine(_folder, path);
}
