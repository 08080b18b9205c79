using System.Runtime.InteropServices;
using TorchSharp;
using VisualChat.Model.Errors;
using VisualChat.Model.HuggingFace;
using VisualChat.Model.Language;
using VisualChat.Model.Parameters;
using VisualChat.Model.Quantisation;
using VisualChat.Model.Safetensors;
using VisualChat.Model.TensorFiles;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.Quantisation;

/// <summary>
/// <c>Data/quantised</c>: a LLaMA of three layers that transformers saved with NF4 weights and
/// scales in 8 bits, and the float64 logits of what bitsandbytes dequantises them to.
/// </summary>
public sealed class QuantisedFolderTests : IDisposable
{
    private const string Down = "lang_decoder.model.layers.0.mlp.down_proj.weight";

    private static readonly string Golden = TestData.At("quantised");

    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Logits_are_those_of_the_dequantised_weights(bool asOnGpu)
    {
        using ChatModel model = ChatModel.Create(Description(Golden) with
        {
            ComputeType = ScalarType.Float64,
            CopiesFrozen = asOnGpu,
            PadsAttention = asOnGpu,
        });
        using var files = new MappedFiles();
        IReadOnlyDictionary<string, TensorEntry> expected =
            WeightFile.Read(TestData.At("quantised", "expected.safetensors"));
        int[] ids = [.. files.Load(expected["input_ids"]).data<long>().Select(id => (int)id)];

        using IDisposable frozen = no_grad();
        Tensor logits = model.Logits([ids], [], [.. Enumerable.Range(0, ids.Length)]);

        // transformers norms in float32, whatever the type is.
        Tensor wanted = files.Load(expected["logits"]).squeeze(0);
        using Scalar minus = -1;
        logits.narrow(1, 0, 96).add(wanted, minus).abs().max().item<double>()
            .Should().BeLessThan(3e-6 * wanted.abs().max().item<double>());
    }

    [Fact]
    public void It_takes_no_memory_of_its_own_on_a_CPU_and_an_eighth_as_a_copy()
    {
        using ChatModel mapped = ChatModel.Create(Description(Golden));
        using ChatModel copied = ChatModel.Create(Description(Golden) with { CopiesFrozen = true });

        mapped.Parameters.Lent.Of(Down).Should().BeOfType<Nf4Weight>();
        mapped.Parameters.Names.Should().Contain(Down);

        // Three layers of 4 x 128 x 128 and 3 x 128 x 192; tables of pairs and scales are shared.
        const long Weights = 3 * ((4 * 128 * 128) + (3 * 128 * 192));
        const long Tables = (256 * 2 * 4) + (256 * 4);
        mapped.Parameters.Lent.KeptBytes.Should().BeInRange(Weights / 2, (long)(Weights * 0.52));
        copied.Parameters.Lent.KeptBytes.Should().BeLessThan((long)(Weights * 0.52) + (21 * Tables));
        copied.Parameters.Lent.JoinedOf("lang_decoder.model.layers.0.self_attn.qkv_proj.weight").Should().NotBeNull();
        copied.Parameters.Lent.JoinedOf("lang_decoder.model.layers.0.mlp.gate_up_proj.weight").Should().BeNull();
    }

    [Fact]
    public void What_is_quantised_cannot_be_trained_or_asked_for_in_other_bits()
    {
        Refused(Description(Golden) with { Trainable = ModelPart.All })
            .Should().Contain("'model.layers.0.mlp.down_proj.weight' is quantised (nf4), and what is quantised cannot");
        Refused(Description(Golden) with { Frozen = FrozenFormat.Int8 })
            .Should().Contain("is quantised as nf4, and int8 is asked for; ask for nf4 or for nothing");
    }

    [Fact]
    public void It_may_be_asked_for_in_the_bits_that_it_has()
    {
        using ChatModel model = ChatModel.Create(Description(Golden) with { Frozen = FrozenFormat.Nf4 });

        model.Parameters.Lent.Of(Down).Should().BeOfType<Nf4Weight>();
    }

    [Fact]
    public void Int8_of_bitsandbytes_is_read()
    {
        string folder = IntegersFolder(layout: 0);

        LlamaConfig.Read(folder).Stored.Should().Be(FrozenFormat.Int8);
        using ChatModel model = ChatModel.Create(Description(folder));
        using Tensor lent = model.Parameters.Lent.Of(Down)!.Lend(ScalarType.Float32);

        // 5 of 127 steps of the row's largest, 2.54.
        lent[3, 4].item<float>().Should().Be(5 * 2.54f * 7.874015718698502e-3f);
    }

    [Fact]
    public void Int8_in_another_order_is_refused() =>
        Refused(Description(IntegersFolder(layout: 2))).Should().Contain(
            "'model.layers.0.mlp.down_proj.weight' has its 8 bits in another order than row by row");

    [Theory]
    [InlineData(".absmax", "has no scales: '.absmax' is missing")]
    [InlineData(".nested_absmax", "is quantised and incomplete: '.nested_absmax' is missing")]
    [InlineData(".quant_map", "is quantised and incomplete: '.quant_map' is missing")]
    public void Scales_that_are_missing_are_named(string ending, string problem)
    {
        string folder = Changed(name => name == "model.layers.0.mlp.down_proj.weight" + ending ? null : name);

        Refused(Description(folder)).Should().Be($"'{folder}': 'model.layers.0.mlp.down_proj.weight' {problem}.");
    }

    [Fact]
    public void Fp4_is_refused_by_its_tensors_too()
    {
        string folder = Changed(
            name => name.Replace("bitsandbytes__nf4", "bitsandbytes__fp4", StringComparison.Ordinal));

        Refused(Description(folder)).Should().Contain("is quantised as fp4, which is not read here; of 4 bits, nf4 is");
    }

    [Theory]
    [InlineData("""{"quant_method":"gptq","bits":4}""", "says that weights are quantised by gptq")]
    [InlineData("""{"quant_method":"awq"}""", "says that weights are quantised by awq")]
    [InlineData("""{"load_in_4bit":true}""", "says that 4 bits are fp4")]
    [InlineData("""{"load_in_4bit":true,"bnb_4bit_quant_type":"nf4","bnb_4bit_quant_storage":"bfloat16"}""",
        "says that 4 bits are stored as bfloat16")]
    [InlineData("""{"quant_method":"bitsandbytes"}""", "says neither 'load_in_8bit' nor 'load_in_4bit'")]
    [InlineData("3", "is 3, not an object")]
    public void Other_kinds_are_refused_as_what_they_are(string config, string problem)
    {
        string folder = TestData.NewFolder();
        File.WriteAllText(
            Path.Combine(folder, "config.json"), $$"""{"model_type":"llama","quantization_config":{{config}}}""");

        ((Action)(() => LlamaConfig.Read(folder))).Should().Throw<ModelException>()
            .WithMessage($"*config.json': 'quantization_config' {problem}*");
    }

    private static string Refused(ModelDescription description) =>
        ((Action)(() => ChatModel.Create(description).Dispose())).Should().Throw<ModelException>().Which.Message;

    private static ModelDescription Description(string folder) => ModelFixture.Description(ScalarType.Float32) with
    {
        Language = LlamaConfig.Read(folder),
        LanguageFolder = folder,
        VocabularySize = 98,
        AddedTokens = 2,
        ImageToken = 97,
    };

    // The golden folder with other names; null leaves a tensor out.
    private static string Changed(Func<string, string?> rename)
    {
        string folder = TestData.NewFolder();
        File.Copy(Path.Combine(Golden, "config.json"), Path.Combine(folder, "config.json"));
        using var files = new MappedFiles();
        SafetensorsTensor[] tensors =
        [
            .. from tensor in WeightFile.Read(Path.Combine(Golden, "model.safetensors"))
               let name = rename(tensor.Key)
               where name is not null
               select Written(name, files.Load(tensor.Value)),
        ];
        using FileStream file = File.Create(Path.Combine(folder, "model.safetensors"));
        SafetensorsWriter.Write(file, tensors);
        return folder;
    }

    private static SafetensorsTensor Written(string name, Tensor value) => value.dtype == ScalarType.Byte
        ? SafetensorsTensor.Of(name, value.shape, value.bytes.ToArray())
        : SafetensorsTensor.Of(name, value);

    // The golden folder whose first down_proj is as Linear8bitLt saves it.
    private static string IntegersFolder(byte layout)
    {
        const string Weight = "model.layers.0.mlp.down_proj.weight";
        string folder = Changed(
            name => name.Contains("layers.0.mlp.down_proj", StringComparison.Ordinal) ? null : name);
        string config = Path.Combine(folder, "config.json");
        File.WriteAllText(config, File.ReadAllText(config)
            .Replace("\"load_in_4bit\": true", "\"load_in_4bit\": false", StringComparison.Ordinal)
            .Replace("\"load_in_8bit\": false", "\"load_in_8bit\": true", StringComparison.Ordinal));
        using var files = new MappedFiles();
        string path = Path.Combine(folder, "model.safetensors");
        byte[] before = File.ReadAllBytes(path);
        File.WriteAllBytes(Path.Combine(folder, "other.bin"), before);
        sbyte[] codes = [.. Enumerable.Range(0, 128 * 192).Select(place => (sbyte)((place % 11) - 5))];
        codes[(3 * 192) + 4] = 5;
        float[] scales = [.. Enumerable.Range(0, 128).Select(row => row == 3 ? 2.54f : 1f)];
        SafetensorsTensor[] tensors =
        [
            .. WeightFile.Read(Path.Combine(folder, "other.bin"))
                .Select(tensor => Written(tensor.Key, files.Load(tensor.Value))),
            SafetensorsTensor.OfBytes(Weight, "I8", [128, 192], MemoryMarshal.AsBytes(codes.AsSpan()).ToArray()),
            SafetensorsTensor.Of("model.layers.0.mlp.down_proj.SCB", [128], scales),
            SafetensorsTensor.Of("model.layers.0.mlp.down_proj.weight_format", [], new byte[] { layout }),
        ];
        using FileStream file = File.Create(path);
        SafetensorsWriter.Write(file, tensors);
        return folder;
    }
}
