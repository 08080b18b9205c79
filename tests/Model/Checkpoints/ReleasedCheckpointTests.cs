using System.Text.Json;
using TorchSharp;
using VisualChat.Model.Attention;
using VisualChat.Model.Checkpoints;
using VisualChat.Model.Errors;
using VisualChat.Model.HuggingFace;
using VisualChat.Model.Language;
using VisualChat.Model.Parameters;
using VisualChat.Model.Pickles;
using VisualChat.Model.TensorFiles;
using VisualChat.Model.Vision;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.Checkpoints;

/// <summary>
/// <c>Data/released</c> is a checkpoint that the released code wrote, trained with LoRA and without
/// ZeRO 3, conversations over eight images, and the losses that its own model computes of them with
/// plain causal attention.
/// </summary>
public sealed class ReleasedCheckpointTests
{
    private static readonly string Golden = TestData.At("released", "pytorch_model.bin");

    [Theory]
    [InlineData(false, "losses_in_order")]
    [InlineData(true, "losses_as_released")]
    public void Its_losses_are_the_released_codes(bool isReversed, string expected)
    {
        using DisposeScope scope = NewDisposeScope();
        using JsonDocument golden = JsonDocument.Parse(File.ReadAllText(TestData.At("released", "expected.json")));
        using ChatModel model = ChatModel.Create(GoldenDescription());
        MicroBatch batch = GoldenBatch(golden.RootElement, isReversed);
        double[] losses = [.. model.Evaluate([batch]).Single().Select(loss => loss.Sum / loss.LabelTokens)];
        double[] released =
            [.. golden.RootElement.GetProperty(expected).EnumerateArray().Select(loss => loss.GetDouble())];

        // The released decoder's norms are float32.
        foreach ((double loss, double known) in losses.Zip(released))
            loss.Should().BeApproximately(known, known * 1e-6);
    }

    [Fact]
    public void What_the_weights_have_already_and_what_training_replaced_is_passed_over()
    {
        using ChatModel model = ChatModel.Create(GoldenDescription());
        model.PassedOver.Should().Equal(
            $"'{Golden}': {LoraTensors() + 3} tensors are passed over: {LoraTensors()} of LoRA, which the weights "
            + "have already, and 3 that the model does not need.");
    }

    [Theory]
    [InlineData("")]
    [InlineData("pytorch_model.bin")]
    public void The_file_and_its_folder_are_the_same_checkpoint(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        string folder = Exported(out Dictionary<string, Tensor> weights);
        string path = name.Length == 0 ? folder : Path.Combine(folder, name);
        ReleasedCheckpoint.IsAt(path).Should().BeTrue();
        using ChatModel model = ChatModel.Create(Released(path));
        foreach ((string tensor, Tensor value) in weights)
            model.Parameters[tensor].Equals(value).Should().BeTrue(tensor);
    }

    [Fact]
    public void A_training_can_start_with_it()
    {
        using DisposeScope scope = NewDisposeScope();
        string folder = Exported(out Dictionary<string, Tensor> weights);
        using ChatModel model = ChatModel.Create(ModelFixture.Description(seed: 9) with
        {
            Start = folder,
            StartKind = CheckpointKind.Released,
        });
        foreach ((string tensor, Tensor value) in weights)
            model.Parameters[tensor].Equals(value).Should().BeTrue(tensor);
    }

    [Fact]
    public void The_decoders_own_table_is_written_as_the_trained_one_and_the_towers_last_norm_beside()
    {
        using DisposeScope scope = NewDisposeScope();
        string folder = Exported(out Dictionary<string, Tensor> weights);
        IReadOnlyDictionary<string, TensorEntry> entries = WeightFolder.Open(folder).Tensors;
        entries.Keys.Should().BeEquivalentTo(
            weights.Keys.Concat(
            [
                "lang_decoder.model.embed_tokens.weight",
                "vis_encoder.vision_model.post_layernorm.weight",
                "vis_encoder.vision_model.post_layernorm.bias",
            ]));
        using var files = new MappedFiles();
        files.Load(entries["lang_decoder.model.embed_tokens.weight"])
            .Equals(files.Load(entries["lang_embed.weight"])).Should().BeTrue();
    }

    /// <summary>A folder of another model lacks many tensors: nothing is summed up.</summary>
    [Fact]
    public void Every_tensor_that_is_missing_unexpected_or_of_another_shape_is_named()
    {
        using DisposeScope scope = NewDisposeScope();
        const string Wide = "projection.0.weight";
        string path = Path.Combine(TestData.NewFolder(), "pytorch_model.bin");
        string[] layers = [.. Enumerable.Range(0, 25).Select(layer => $"lang_decoder.model.layers.{layer + 2}.x")];
        using (ChatModel model = ModelFixture.Model())
        {
            List<WrittenTensor> tensors =
            [
                .. model.Parameters.Names
                    .Where(name => name != "lang_embed.weight")
                    .Select(name => Written(name, name == Wide ? zeros(16, 9) : model.Parameters[name])),
                .. layers.Select(name => Written(name, zeros(1))),
                Written("lang_decoder.model.layers.0.self_attn.q_proj.lora_left_weight", zeros(1, 16)),
                Written("lang_decoder.model.layers.0.self_attn.rotary_emb.inv_freq", zeros(2)),
                Written("vis_encoder.vision_model.embeddings.position_ids", zeros(1)),
            ];
            using FileStream file = File.Create(path);
            TorchArchiveWriter.Write(file, tensors);
        }

        Action act = () => ChatModel.Create(Released(path));
        act.Should().Throw<ModelException>().Which.Problems.Should().BeEquivalentTo(
        [
            $"'{path}': 'lang_embed.weight' of [23, 16] is missing.",
            $"'{path}': 'projection.0.weight' is [16, 9], not [16, 8].",
            .. layers.Select(name => $"'{path}': '{name}' is unexpected; this model has no tensor of that name."),
        ]);

        static WrittenTensor Written(string name, Tensor value) => new(name, name, value, ScalarType.Float32);
    }

    [Fact]
    public void A_folder_that_this_program_wrote_is_none()
    {
        string folder = TestData.NewFolder();
        File.WriteAllText(Path.Combine(folder, "config.json"), """{"model_type":"visualchat"}""");
        File.WriteAllText(Path.Combine(folder, "pytorch_model.bin"), "");
        ReleasedCheckpoint.IsAt(folder).Should().BeFalse();
        ReleasedCheckpoint.IsAt(Path.Combine(folder, "pytorch_model.bin")).Should().BeFalse();
        ReleasedCheckpoint.IsAt(TestData.NewFolder()).Should().BeFalse();
    }

    private static ModelDescription GoldenDescription() => new()
    {
        Vision = new ClipVisionConfig
        {
            HiddenSize = 32,
            IntermediateSize = 72,
            Layers = 3,
            Heads = 2,
            ImageSize = 56,
            PatchSize = 14,
        },
        Language = new LlamaConfig
        {
            HiddenSize = 96,
            IntermediateSize = 216,
            Layers = 2,
            Heads = 6,
            KeyValueHeads = 3,
            VocabularySize = 1500,
            RmsNormEpsilon = 1e-5,
        },
        VocabularySize = 1503,
        AddedTokens = 3,
        ImageToken = 1501,
        Attention = AttentionMode.Causal,
        Checkpoint = Golden,
        CheckpointKind = CheckpointKind.Released,
    };

    private static MicroBatch GoldenBatch(JsonElement golden, bool isReversed)
    {
        const int Bytes = 56 * 56 * 3;
        byte[] crops = File.ReadAllBytes(TestData.At("released", "crops.bin"));
        List<ModelSample> samples = [];
        List<ReadOnlyMemory<byte>> images = [];
        foreach (JsonElement sample in golden.GetProperty("samples").EnumerateArray())
        {
            samples.Add(new ModelSample(Numbers(sample, "input_ids"), Numbers(sample, "labels")));
            int count = sample.GetProperty("images").GetInt32(), before = images.Count;
            for (int slot = 0; slot < count; slot++)
            {
                int image = before + (isReversed ? count - 1 - slot : slot);
                images.Add(crops.AsMemory(image * Bytes, Bytes));
            }
        }

        return new MicroBatch(samples, images);

        static int[] Numbers(JsonElement sample, string name) =>
            [.. sample.GetProperty(name).EnumerateArray().Select(number => number.GetInt32())];
    }

    private static int LoraTensors() =>
        WeightFile.Read(Golden).Keys.Count(name => name.Contains("lora_", StringComparison.Ordinal));

    private static string Exported(out Dictionary<string, Tensor> weights)
    {
        using ChatModel model = ChatModel.Create(ModelFixture.Description(seed: 3));
        string folder = TestData.NewFolder();
        ModelExport.WriteReleased(model, folder);
        weights = model.Parameters.Names.ToDictionary(name => name, name => model.Parameters[name].clone().detach());
        return folder;
    }

    private static ModelDescription Released(string path) =>
        ModelFixture.Description() with { Checkpoint = path, CheckpointKind = CheckpointKind.Released };
}
