using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using TorchSharp;
using TorchSharp.Modules;
using VisualChat.Model.Errors;
using VisualChat.Model.HuggingFace;
using VisualChat.Model.Native;
using VisualChat.Model.Parameters;
using VisualChat.Model.TensorFiles;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.Parameters;

public sealed class ParameterLoaderTests
{
    [Fact]
    public void Folders_fill_the_model_by_name()
    {
        using DisposeScope scope = NewDisposeScope();
        using ChatModel model = ChatModel.Create(ModelFixture.Description() with
        {
            LanguageFolder = ModelFixture.LanguageFolder(),
            VisionFolder = ModelFixture.VisionFolder(),
        });
        const string Vision = "vision_model.encoder.layers.1.mlp.fc2.weight";
        const string Language = "model.layers.1.self_attn.k_proj.weight";
        Values(model, "vis_encoder." + Vision).Should().Equal(ModelFixture.Values(Vision, 96));
        Values(model, "lang_decoder." + Language).Should().Equal(ModelFixture.Values(Language, 128));
        Values(model, "lang_decoder.model.norm.weight").Should().Equal(ModelFixture.Values("model.norm.weight", 16));
    }

    [Fact]
    public void Frozen_weights_are_views_of_the_mapped_file_and_trained_ones_copies_of_their_own()
    {
        using DisposeScope scope = NewDisposeScope();
        string folder = ModelFixture.LanguageFolder();
        using ChatModel model = ChatModel.Create(ModelFixture.Description() with { LanguageFolder = folder });
        Tensor frozen = model.Parameters["lang_decoder.model.norm.weight"];
        frozen.Should().NotBeOfType<Parameter>();
        frozen.storage_offset().Should().BeGreaterThan(16, "it lies behind the header and other tensors");
        frozen.dtype.Should().Be(ScalarType.Float32, "that is the file's type, whatever is computed in");
        Tensor trained = model.Parameters["lang_embed.weight"];
        trained.Should().BeOfType<Parameter>().Which.requires_grad.Should().BeTrue();
        trained.storage_offset().Should().Be(0);
        trained.dtype.Should().Be(ScalarType.Float64);
    }

    [Fact]
    public void Frozen_weights_of_one_input_are_rows_of_one_tensor_where_that_is_asked_for()
    {
        using DisposeScope scope = NewDisposeScope();
        ModelDescription single = ModelFixture.Description() with
        {
            LanguageFolder = ModelFixture.LanguageFolder(),
            VisionFolder = ModelFixture.VisionFolder(),
        };
        using ChatModel model = ChatModel.Create(single);
        using ChatModel joined = ChatModel.Create(single with { CopiesFrozen = true });
        const string Layer = "lang_decoder.model.layers.1.";
        const string VisionLayer = "vis_encoder.vision_model.encoder.layers.1.";
        (string Whole, string[] Parts, long[] Shape)[] groups =
        [
            (Layer + "self_attn.qkv_proj.weight", Projections(Layer, ".weight"), [32, 16]),
            (
                Layer + "mlp.gate_up_proj.weight",
                [Layer + "mlp.gate_proj.weight", Layer + "mlp.up_proj.weight"],
                [40, 16]),
            (VisionLayer + "self_attn.qkv_proj.weight", Projections(VisionLayer, ".weight"), [24, 8]),
            (VisionLayer + "self_attn.qkv_proj.bias", Projections(VisionLayer, ".bias"), [24]),
        ];

        foreach ((string whole, string[] parts, long[] shape) in groups)
        {
            model.Parameters.Joined(whole).Should().BeNull();
            Tensor rows = joined.Parameters.Joined(whole)!;
            rows.shape.Should().Equal(shape);
            cat([.. parts.Select(part => joined.Parameters[part])], 0).Equals(rows).Should().BeTrue();
            joined.Parameters[parts[^1]].storage_offset().Should().BePositive();
        }

        foreach (string name in model.Parameters.Names)
            Values(joined, name).Should().Equal(Values(model, name), name);
        ModelDescription trained = single with { CopiesFrozen = true, Trainable = ModelPart.All };
        using ChatModel all = ChatModel.Create(trained);
        all.Parameters.Joined(groups[0].Whole).Should().BeNull("each trained weight has a gradient of its own");

        static string[] Projections(string layer, string kind) =>
            [.. new[] { "q", "k", "v" }.Select(map => $"{layer}self_attn.{map}_proj{kind}")];
    }

    [Fact]
    public void Tables_grow_by_the_tokens_that_were_added()
    {
        using DisposeScope scope = NewDisposeScope();
        string folder = ModelFixture.LanguageFolder();
        using ChatModel model = ChatModel.Create(ModelFixture.Description() with { LanguageFolder = folder });
        using ChatModel again = ChatModel.Create(ModelFixture.Description() with { LanguageFolder = folder });
        (string Name, string InFolder)[] tables =
        [
            ("lang_embed.weight", "model.embed_tokens.weight"),
            ("lang_decoder.lm_head.weight", "lm_head.weight"),
        ];
        foreach ((string name, string source) in tables)
        {
            model.Parameters[name].shape.Should().Equal(23, 16);
            Values(model, name)[..320].Should().Equal(ModelFixture.Values(source, 320));
            Values(model, name)[320..].Should().Equal(Values(again, name)[320..]);
            Values(model, name)[320..].Distinct().Should().HaveCount(48);
        }
    }

    [Fact]
    public void A_tied_head_is_the_embedding_table()
    {
        using DisposeScope scope = NewDisposeScope();
        ModelDescription description = ModelFixture.Description();
        using ChatModel model = ChatModel.Create(description with
        {
            Language = description.Language with { TiedHead = true },
            LanguageFolder = ModelFixture.LanguageFolder(shapes => shapes.Remove("lm_head.weight")),
        });
        Values(model, "lang_decoder.lm_head.weight")[..320]
            .Should().Equal(ModelFixture.Values("model.embed_tokens.weight", 320));
    }

    [Fact]
    public void Everything_that_does_not_fit_is_named_at_once()
    {
        string language = ModelFixture.LanguageFolder(shapes =>
        {
            _ = shapes.Remove("model.norm.weight");
            shapes["model.layers.0.mlp.up_proj.weight"] = [21, 16];
            shapes["model.embed_tokens.weight"] = [19, 16];
            shapes.Add("model.layers.2.input_layernorm.weight", [16]);
        });
        string vision = ModelFixture.VisionFolder(
            shapes => shapes.Add("vision_model.encoder.layers.2.layer_norm1.bias", [8]));
        ModelDescription description =
            ModelFixture.Description() with { LanguageFolder = language, VisionFolder = vision };
        Action act = () => ChatModel.Create(description);
        act.Should().Throw<ModelException>().Which.Problems.Should().Equal(
            $"'{language}': 'model.embed_tokens.weight' has 19 rows, "
            + "and the folder's config.json says 'vocab_size' is 20.",
            $"'{language}': 'model.layers.0.mlp.up_proj.weight' is [21, 16], not [20, 16].",
            $"'{language}': 'model.norm.weight' of [16] is missing.",
            $"'{vision}': 'vision_model.encoder.layers.2.layer_norm1.bias' is unexpected; "
            + "this model has no tensor of that name.",
            $"'{language}': 'model.layers.2.input_layernorm.weight' is unexpected; "
            + "this model has no tensor of that name.");
    }

    [Fact]
    public void A_checkpoint_comes_before_the_folders()
    {
        using DisposeScope scope = NewDisposeScope();
        string checkpoint = TestData.NewFolder();
        using (ChatModel trained = ChatModel.Create(ModelFixture.Description(ScalarType.Float32, seed: 9)))
        {
            TestData.Write(
                Path.Combine(checkpoint, "model.safetensors"),
                trained.Parameters.Trained.Select(item => (item.Name, (Tensor)item.Value)));
        }

        using ChatModel expected = ChatModel.Create(ModelFixture.Description(ScalarType.Float32, seed: 9));
        ModelDescription description = ModelFixture.Description(ScalarType.Float32, seed: 1) with
        {
            LanguageFolder = ModelFixture.LanguageFolder(),
            Checkpoint = checkpoint,
        };
        using ChatModel model = ChatModel.Create(description);
        foreach (TrainedParameter trained in expected.Parameters.Trained)
            Values(model, trained.Name).Should().Equal(Values(expected, trained.Name));
        Values(model, "lang_decoder.model.norm.weight").Should().Equal(ModelFixture.Values("model.norm.weight", 16));

        Action more = () => ChatModel.Create(description with { Trainable = ModelPart.All });
        more.Should().Throw<ModelException>().WithMessage(
            $"'{checkpoint}': 'vis_encoder.vision_model.embeddings.class_embedding' of [8] is missing.*");
    }

    [Fact]
    public void Shards_are_read_by_their_index()
    {
        using DisposeScope scope = NewDisposeScope();
        string folder = ModelFixture.LanguageFolder();
        Dictionary<string, long[]> shapes = [];
        _ = ModelFixture.LanguageFolder(all => shapes = all);
        KeyValuePair<string, long[]>[] ordered = [.. shapes];
        File.Delete(Path.Combine(folder, "model.safetensors"));
        const string First = "model-00001-of-00002.safetensors", Second = "model-00002-of-00002.safetensors";
        ModelFixture.Write(Path.Combine(folder, First), ordered[..9]);
        ModelFixture.Write(Path.Combine(folder, Second), ordered[9..]);
        WriteIndex(folder, ordered.Select((item, index) => (item.Key, index < 9 ? First : Second)));
        using ChatModel model = ChatModel.Create(ModelFixture.Description() with { LanguageFolder = folder });
        Values(model, "lang_decoder.model.norm.weight").Should().Equal(ModelFixture.Values("model.norm.weight", 16));

        File.Delete(Path.Combine(folder, Second));
        Action missing = () => ChatModel.Create(ModelFixture.Description() with { LanguageFolder = folder });
        missing.Should().Throw<ModelException>()
            .WithMessage($"'{folder}': '{Second}' is missing, which 'model.safetensors.index.json' names.");
    }

    [Fact]
    public void An_index_that_reaches_outside_its_folder_is_refused()
    {
        string folder = TestData.NewFolder();
        WriteIndex(folder, [("a", "../model.safetensors")]);
        Action act = () => ChatModel.Create(ModelFixture.Description() with { LanguageFolder = folder });
        act.Should().Throw<ModelException>().WithMessage("*names a file outside its folder.");
    }

    [Fact]
    public void A_folder_without_weights_is_refused()
    {
        string folder = TestData.NewFolder();
        Action act = () => ChatModel.Create(ModelFixture.Description() with { VisionFolder = folder });
        act.Should().Throw<ModelException>().WithMessage(
            $"'{folder}' has no weights: one of model.safetensors, model.safetensors.index.json, pytorch_model.bin, "
            + "pytorch_model.bin.index.json is needed.");
    }

    [Fact]
    public void A_random_start_is_decided_by_the_seed_and_each_tensors_name()
    {
        using DisposeScope scope = NewDisposeScope();
        ModelDescription description = ModelFixture.Description(seed: 4);
        using ChatModel one = ChatModel.Create(description);
        using ChatModel same = ChatModel.Create(description);
        using ChatModel other = ChatModel.Create(description with { Seed = 5 });
        using ChatModel half = ChatModel.Create(description with { VisionFolder = ModelFixture.VisionFolder() });
        foreach (string name in one.Parameters.Names)
            Values(one, name).Should().Equal(Values(same, name), name);
        Values(one, "projection.0.weight").Should().Equal(Values(half, "projection.0.weight"));
        Values(one, "projection.0.weight").Should().NotEqual(Values(other, "projection.0.weight"));
        Values(one, "projection.0.weight").Should().OnlyContain(value => Math.Abs(value) <= 0.3536f);
        Values(one, "lang_decoder.model.norm.weight").Should().OnlyContain(value => value == 1);
        Values(one, "projection.1.bias").Should().OnlyContain(value => value == 0);
        Values(one, "lang_embed.weight").Select(value => value * value).Average().Should().BeApproximately(1, 0.1f);
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float64)]
    [InlineData(ScalarType.BFloat16)]
    public void A_random_start_has_the_bits_that_it_always_had(ScalarType type)
    {
        using DisposeScope scope = NewDisposeScope();
        ModelDescription description = ModelFixture.Description(type, seed: 4);
        using ChatModel model = ChatModel.Create(description);
        using ChatModel copied = ChatModel.Create(description with { CopiesFrozen = true });
        foreach (ParameterSpec spec in description.ParameterRequest().Sources.SelectMany(source => source.Specs))
        {
            Tensor expected = Start(spec, seed: 4).to(model.Parameters[spec.Name].dtype);
            model.Parameters[spec.Name].Equals(expected).Should().BeTrue(spec.Name);
            copied.Parameters[spec.Name].Equals(expected).Should().BeTrue(spec.Name);
        }

        // Processors differ in the last digits of a logarithm.
        float[] expectedValues = [0.0426f, -0.1396f, -0.1935f];
        Values(model, "lang_decoder.model.layers.0.mlp.down_proj.weight")[..3]
            .Zip(expectedValues, (value, stored) => Math.Abs(value - stored)).Max().Should().BeLessThan(1e-3f);
    }

    [Fact]
    public void Rows_added_to_a_table_have_as_many_digits_as_the_files()
    {
        using DisposeScope scope = NewDisposeScope();
        string folder = ModelFixture.LanguageFolder();
        string path = Path.Combine(folder, "model.safetensors");
        using (var files = new MappedFiles())
        {
            (string, Tensor)[] halves =
            [
                .. WeightFile.Read(path)
                    .Select(item => (item.Key, files.Load(item.Value).to(ScalarType.Float16))),
            ];
            TestData.WriteAsTheyAre(path, halves);
        }

        using ChatModel model =
            ChatModel.Create(ModelFixture.Description(ScalarType.Float32) with { LanguageFolder = folder });

        Tensor added = model.Parameters["lang_embed.weight"].detach().narrow(0, 20, 3);
        added.Equals(added.to(ScalarType.Float16).to(ScalarType.Float32)).Should().BeTrue();
        added.count_nonzero().item<long>().Should().Be(48);
    }

    // What a start was before it was made in place.
    private static Tensor Start(ParameterSpec spec, ulong seed)
    {
        using Scalar constant = spec.Start.Constant, normal = spec.Start.Normal, uniform = spec.Start.Uniform;
        using Scalar two = 2, minusOne = -1;
        Tensor values = full(spec.Shape, constant, dtype: ScalarType.Float32);
        if (spec.Start is { Normal: 0, Uniform: 0 })
            return values;
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{seed}/{spec.Name}"));
        using var generator = new Generator(BinaryPrimitives.ReadUInt64LittleEndian(hash));
        if (spec.Start.Normal > 0)
            return values.Plus(randn(spec.Shape, dtype: ScalarType.Float32, generator: generator).mul(normal));
        Tensor around0 = rand(spec.Shape, dtype: ScalarType.Float32, generator: generator).mul(two);
        return values.Plus(around0.AddInPlace(minusOne).mul(uniform));
    }

    private static float[] Values(ChatModel model, string name)
    {
        using DisposeScope scope = NewDisposeScope();
        return model.Parameters[name].detach().to(ScalarType.Float32).contiguous().data<float>().ToArray();
    }

    private static void WriteIndex(string folder, IEnumerable<(string Name, string Shard)> shards) => File.WriteAllText(
        Path.Combine(folder, "model.safetensors.index.json"),
        JsonSerializer.Serialize(new { weight_map = shards.ToDictionary(shard => shard.Name, shard => shard.Shard) }));
}
