using System.Diagnostics;
using System.Text.Json;

namespace VisualChat.Integration.Tests;

/// <summary>
/// The commands on a checkpoint that the code of DeepSpeed-VisualChat wrote (trained with LoRA and
/// without ZeRO 3), and what <c>export --release</c> writes.
/// </summary>
[Trait("Category", "Slow")]
public sealed class ReleasedCheckpointTests : IDisposable
{
    private const string Clip =
        "{ hidden_size: 32, intermediate_size: 72, num_hidden_layers: 3, num_attention_heads: 2, patch_size: 14 }";

    private const string Qwen =
        "{ hidden_size: 32, intermediate_size: 64, num_hidden_layers: 2, num_attention_heads: 2, patch_size: 14, "
        + "output_size: 256, queries: 16 }";

    private const string Llama =
        "{ hidden_size: 96, intermediate_size: 216, num_hidden_layers: 2, num_attention_heads: 6, "
        + "num_key_value_heads: 3, rms_norm_eps: 1.0e-5 }";

    private static readonly string Released = Path.Combine(AppContext.BaseDirectory, "Data", "released");

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void It_is_evaluated_answered_from_trained_on_and_exported_and_read_back_with_equal_losses()
    {
        WriteConversations();
        WriteRecipe("released.yaml");
        Run("blend", "released.yaml", "--data", "root", "--out", "shards").ShouldExitWith(0);

        // The golden losses, in both orders of images.
        foreach (string checkpoint in new[] { "", "pytorch_model.bin" })
        {
            string path = Path.Combine(Released, checkpoint);
            ProgramResult inOrder = Evaluate("released.yaml", path);
            LossesOf(inOrder).Should().BeEquivalentTo(Golden("losses_in_order"), Within1e5);
            inOrder.Error.Should().Contain("Warning: images.order is reading").And.Contain("in reverse");
        }

        ProgramResult reversed = Evaluate("released.yaml", Released, ["--set", "images.order=reversed"]);
        LossesOf(reversed).Should().BeEquivalentTo(Golden("losses_as_released"), Within1e5);
        reversed.Error.Should().NotContain("Warning");

        // Answers.
        _folder.Write("questions.json", """{"talk": [["What is this?", "root/photos/0.ppm"], ["And why?"]]}""");
        string[] generate =
        [
            "generate", "released.yaml", "--checkpoint", Released, "--questions", "questions.json", "--out", "a.csv",
            "--device", "cpu", "--max-tokens", "4",
        ];
        Run(generate).ShouldExitWith(0);
        File.ReadAllLines(_folder.File("a.csv")).Should().HaveCount(3);

        // A training that begins with it, in its order, and its export.
        string[] reverse = ["--set", "images.order=reversed"];
        Run(
            [
                "train", "released.yaml", "--data", "root", "--out", "run", "--shards", "shards", "--device", "cpu",
                "--set", $"model.start={Released}", .. reverse,
            ]).ShouldExitWith(0).Error.Should().NotContain("Warning");
        string trained = SampleTraining.NewestCheckpoint(_folder, "run");
        string[] start = ["--set", $"model.start={Released}"];
        double[] expected = LossesOf(Evaluate("released.yaml", trained, [.. start, .. reverse]));
        expected.Should().NotBeEquivalentTo(Golden("losses_as_released"), Within1e5);

        // With weights that were trained so, and now are shown images in order.
        Evaluate("released.yaml", trained, start).Error.Should().Contain("Warning: images.order is reading");
        Run(
            [
                "export", "released.yaml", "--checkpoint", trained, "--out", "exported", "--release",
                .. start, .. reverse,
            ]).ShouldExitWith(0).Error.Should().NotContain("Warning");
        LossesOf(Evaluate("released.yaml", _folder.File("exported"), reverse)).Should().Equal(expected);
    }

    [Theory]
    [InlineData(Clip, "baseline")]
    [InlineData(Clip, "vit")]
    [InlineData(Qwen, "baseline")]
    public void Every_tower_and_projection_is_exported_as_released_and_read_back_with_equal_losses(
        string tower, string projection)
    {
        WriteConversations();
        WriteRecipe("own.yaml", tower, projection: projection);
        Run("train", "own.yaml", "--data", "root", "--out", "run", "--device", "cpu").ShouldExitWith(0);
        string trained = SampleTraining.NewestCheckpoint(_folder, "run");
        double[] expected = LossesOf(Evaluate("own.yaml", trained, shards: "run/shards"));
        Run("export", "own.yaml", "--checkpoint", trained, "--out", "exported", "--release").ShouldExitWith(0)
            .Error.Should().Contain("Warning: the code of DeepSpeed-VisualChat shows the images");

        ProgramResult read = Evaluate("own.yaml", _folder.File("exported"), shards: "run/shards");
        LossesOf(read).Should().Equal(expected);
        read.Error.Should().Contain("Warning: images.order is reading");

        // With weights that were not trained so.
        Evaluate("own.yaml", trained, ["--set", "images.order=reversed"], "run/shards").Error.Should()
            .Contain("Warning: images.order is reversed").And.Contain("was not trained so");
    }

    [Fact]
    public void Another_towers_or_decoders_is_refused_with_both_towers_or_every_tensor_named()
    {
        WriteConversations();
        WriteRecipe("qwen.yaml", Qwen);
        Run("blend", "qwen.yaml", "--data", "root", "--out", "shards").ShouldExitWith(0);
        EvaluateRefused("qwen.yaml").Should().Contain(
            $"'{Released}' was trained with a CLIP vision tower with features of 32, and model.vision is a "
            + "Qwen-VL vision tower with features of 256. Name the tower that it was trained with.");

        Directory.Delete(_folder.File("shards"), recursive: true);
        WriteRecipe("deep.yaml", language: Llama.Replace("num_hidden_layers: 2", "num_hidden_layers: 5"));
        Run("blend", "deep.yaml", "--data", "root", "--out", "shards").ShouldExitWith(0);
        string error = EvaluateRefused("deep.yaml");
        string[] tensors =
        [
            "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj", "mlp.gate_proj",
            "mlp.up_proj", "mlp.down_proj", "input_layernorm", "post_attention_layernorm",
        ];
        foreach (int layer in new[] { 2, 3, 4 })
        {
            foreach (string tensor in tensors)
                error.Should().Contain($"'lang_decoder.model.layers.{layer}.{tensor}.weight' of");
        }

        error.Should().NotContain("more tensors that do not fit");

        string EvaluateRefused(string recipe) =>
            Run(
                "evaluate", recipe, "--checkpoint", Released, "--shards", "shards", "--split", "train",
                "--device", "cpu").ShouldExitWith(2).Error;
    }

    /// <summary>
    /// What torch.load's reader takes: an archive of stored entries, a pickle of known names alone,
    /// each storage under a number, with as many bytes as it says.
    /// </summary>
    [PythonFact]
    public void Its_export_has_the_structure_of_a_file_of_torch_save()
    {
        WriteConversations();
        WriteRecipe("own.yaml");
        Run("train", "own.yaml", "--data", "root", "--out", "run", "--device", "cpu").ShouldExitWith(0);
        string trained = SampleTraining.NewestCheckpoint(_folder, "run");
        Run("export", "own.yaml", "--checkpoint", trained, "--out", "exported", "--release").ShouldExitWith(0);
        string script = Path.Combine(AppContext.BaseDirectory, "check_torch_archive.py");
        using Process python = Process.Start(new ProcessStartInfo(
            "python3", [script, _folder.File("exported/pytorch_model.bin")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        string output = python.StandardOutput.ReadToEnd(), error = python.StandardError.ReadToEnd();
        python.WaitForExit();
        error.Should().BeEmpty();
        output.Trim().Should().Be("81 tensors in 80 storages");
    }

    private static FluentAssertions.Equivalency.EquivalencyAssertionOptions<double> Within1e5(
        FluentAssertions.Equivalency.EquivalencyAssertionOptions<double> options) => options
        .Using<double>(pair => pair.Subject.Should().BeApproximately(pair.Expectation, 1e-5 * pair.Expectation))
        .WhenTypeIs<double>();

    private static double[] Golden(string name)
    {
        using var golden = JsonDocument.Parse(File.ReadAllText(Path.Combine(Released, "expected.json")));
        return [.. golden.RootElement.GetProperty(name).EnumerateArray().Select(loss => loss.GetDouble()).Order()];
    }

    private static double[] LossesOf(ProgramResult evaluated)
    {
        using var document = JsonDocument.Parse(evaluated.Output);
        JsonElement samples = document.RootElement.GetProperty("samples");
        return [.. samples.EnumerateArray().Select(sample => sample.GetProperty("loss").GetDouble()).Order()];
    }

    private ProgramResult Evaluate(
        string recipe, string checkpoint, IReadOnlyList<string>? settings = null, string shards = "shards") => Run(
        [
            "evaluate", recipe, "--checkpoint", checkpoint, "--shards", shards, "--split", "train", "--device", "cpu",
            "--json", .. settings ?? [],
        ]).ShouldExitWith(0);

    private ProgramResult Run(params string[] arguments) => VisualChatProgram.Run(_folder, arguments);

    private void WriteRecipe(
        string name, string vision = Clip, string language = Llama, string projection = "baseline") =>
        _folder.Write(name, $$"""
            name: released
            data:
              sources:
                - { name: mine, format: conversations, annotations: [conversations.jsonl], images: photos }
              validation: { fraction: 0.0 }
              max_sequence_tokens: 512
            tokenizer: {{Path.Combine(Released, "tokenizer.model")}}
            images: { store: resized, size: 56, encoding: png }
            model:
              vision: {{vision}}
              language: {{language}}
              projection: {{projection}}
              attention: causal
              dtype: float32
            training: { batch: 4, micro_batch: 4, evaluate_every: epoch, learning_rate: 1.0e-2, warmup: 0 }
            """);

    // The conversations and the pictures that the golden losses are of.
    private void WriteConversations()
    {
        const int Side = 56, Bytes = Side * Side * 3;
        byte[] crops = File.ReadAllBytes(Path.Combine(Released, "crops.bin"));
        for (int image = 0; image < crops.Length / Bytes; image++)
        {
            _folder.Write(
                $"root/photos/{image}.ppm",
                [.. "P6\n56 56\n255\n"u8, .. crops.AsSpan(image * Bytes, Bytes)]);
        }

        string[] lines =
        [
            Conversation(
                "0",
                User("please look at the picture and say what is on the table.", 0),
                Assistant("a red cup stands beside two green boxes.")),
            Conversation(
                "1",
                User("what is in the first image?", 1),
                Assistant("a dog."),
                User("and are these two alike?", 2, 3),
                Assistant("no, image 2 shows a street and image 3 a field."),
                User("thank you."),
                Assistant("you are welcome.")),
            Conversation(
                "2",
                User("compare all of them.", 4, 5, 6, 7),
                Assistant("the first is darker than the others.")),
        ];
        _folder.Write("root/conversations.jsonl", string.Join('\n', lines) + "\n");

        static string Conversation(string id, params string[] messages) =>
            $$"""{"id": "{{id}}", "messages": [{{string.Join(", ", messages)}}]}""";

        static string User(string text, params int[] images)
        {
            IEnumerable<string> shown = images.Select(image => $$"""{"type": "image", "image": "{{image}}.ppm"}, """);
            return $$"""
                {"role": "user", "content": [{{string.Concat(shown)}}{"type": "text", "text": "{{text}}"}]}
                """;
        }

        static string Assistant(string text) => $$"""{"role": "assistant", "content": "{{text}}"}""";
    }
}
