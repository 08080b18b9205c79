using TorchSharp;
using VisualChat.Model.Errors;
using VisualChat.Model.Language;
using VisualChat.Model.Parameters;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.HuggingFace;

/// <summary>How the tensors of a tower are called in the files of the world.</summary>
public sealed class TowerNamesTests
{
    private const string VisionTensor = "vision_model.encoder.layers.1.mlp.fc2.weight";
    private const string LanguageTensor = "model.layers.1.self_attn.k_proj.weight";

    [Theory]
    [InlineData("")]
    [InlineData("vision_tower.vision_model.")]
    [InlineData("vision_tower.")]
    [InlineData("model.vision_tower.vision_model.")]
    [InlineData("model.vision_tower.")]
    [InlineData("vis_encoder.vision_model.")]
    public void A_vision_tower_is_found_whatever_its_names_begin_with(string root)
    {
        using DisposeScope scope = NewDisposeScope();
        string folder = ModelFixture.VisionFolder(shapes => Rename(shapes, "vision_model.", root));
        using ChatModel model = ChatModel.Create(ModelFixture.Description() with { VisionFolder = folder });
        string written = root + VisionTensor["vision_model.".Length..];
        Values(model, "vis_encoder." + VisionTensor).Should().Equal(ModelFixture.Values(written, 96));
        model.PassedOver.Should().Equal($"'{folder}': 4 tensors of other parts of a whole model are passed over.");
    }

    [Theory]
    [InlineData("language_model.model.", "language_model.lm_head.weight")]
    [InlineData("model.language_model.", "lm_head.weight")]
    [InlineData("model.", "lm_head.weight")]
    [InlineData("", "lm_head.weight")]
    public void A_decoder_is_found_whatever_its_names_begin_with(string root, string head)
    {
        using DisposeScope scope = NewDisposeScope();
        string folder = ModelFixture.LanguageFolder(shapes =>
        {
            Rename(shapes, "model.", root);
            Rename(shapes, "lm_head.weight", head);
            shapes.Add("vision_tower.vision_model.embeddings.class_embedding", [3]);
            shapes.Add("multi_modal_projector.linear_1.bias", [3]);
        });
        using ChatModel model = ChatModel.Create(ModelFixture.Description() with { LanguageFolder = folder });
        string written = root + LanguageTensor["model.".Length..];
        Values(model, "lang_decoder." + LanguageTensor).Should().Equal(ModelFixture.Values(written, 128));
        Values(model, "lang_decoder.lm_head.weight")[..320].Should().Equal(ModelFixture.Values(head, 320));
        model.PassedOver.Should().Equal($"'{folder}': 2 tensors of other parts of a whole model are passed over.");
    }

    [Fact]
    public void A_LlamaModel_alone_serves_if_its_head_is_tied()
    {
        using DisposeScope scope = NewDisposeScope();
        string folder = ModelFixture.LanguageFolder(shapes =>
        {
            _ = shapes.Remove("lm_head.weight");
            Rename(shapes, "model.", "");
        });
        ModelDescription description = ModelFixture.Description() with { LanguageFolder = folder };
        Action untied = () => ChatModel.Create(description);
        untied.Should().Throw<ModelException>().WithMessage(
            $"'{folder}': 'lm_head.weight' of [23, 16] is missing. If the embedding table serves as the head, set "
            + "'tie_word_embeddings' to true in config.json;*");
        using ChatModel tied = ChatModel.Create(
            description with { Language = description.Language with { TiedHead = true } });
        Values(tied, "lang_decoder.lm_head.weight")[..320]
            .Should().Equal(ModelFixture.Values("embed_tokens.weight", 320));
    }

    [Fact]
    public void Two_towers_in_one_folder_are_refused()
    {
        string folder = ModelFixture.VisionFolder(
            shapes => shapes.Add("second.vision_model.embeddings.class_embedding", [8]));
        Action act = () => ChatModel.Create(ModelFixture.Description() with { VisionFolder = folder });
        act.Should().Throw<ModelException>().WithMessage(
            $"'{folder}' holds more than one CLIP vision tower: the names of their tensors begin with "
            + "'second.vision_model.', 'vision_model.'. Name a folder with one of them.");
    }

    [Fact]
    public void A_folder_of_something_else_is_told_in_one_sentence()
    {
        string language = ModelFixture.LanguageFolder();
        Action act = () => ChatModel.Create(ModelFixture.Description() with { VisionFolder = language });
        act.Should().Throw<ModelException>().WithMessage(
            $"'{language}' holds no CLIP vision tower: none of its 22 tensors is called "
            + "'...embeddings.class_embedding'. Its first: lm_head.weight, model.embed_tokens.weight, *");
    }

    [Fact]
    public void Tensors_that_no_LLaMA_has_are_refused_by_the_files_own_name()
    {
        string folder = ModelFixture.LanguageFolder(shapes =>
        {
            shapes.Add("model.layers.0.self_attn.q_norm.weight", [4]);
            shapes.Add("model.layers.0.self_attn.q_proj.bias", [16]);
            Rename(shapes, "model.", "");
        });
        Action act = () => ChatModel.Create(ModelFixture.Description() with { LanguageFolder = folder });
        act.Should().Throw<ModelException>().Which.Problems.Should().Equal(
            $"'{folder}': 'layers.0.self_attn.q_norm.weight' is unexpected; this model has no tensor of that name.",
            $"'{folder}': 'layers.0.self_attn.q_proj.bias' is unexpected; this model has no tensor of that name.");
    }

    [Fact]
    public void A_tied_head_that_is_stored_too_is_passed_over_if_it_is_the_table()
    {
        using DisposeScope scope = NewDisposeScope();
        Dictionary<string, long[]> shapes = [];
        _ = ModelFixture.LanguageFolder(all => shapes = all);
        string folder = TestData.NewFolder(), file = Path.Combine(folder, "model.safetensors");
        ModelDescription description = ModelFixture.Description() with { LanguageFolder = folder };
        description = description with { Language = description.Language with { TiedHead = true } };

        Write(head: "model.embed_tokens.weight");
        using (ChatModel model = ChatModel.Create(description))
        {
            Values(model, "lang_decoder.lm_head.weight")[..320]
                .Should().Equal(ModelFixture.Values("model.embed_tokens.weight", 320));
        }

        Write(head: "lm_head.weight");
        Action act = () => ChatModel.Create(description);
        act.Should().Throw<ModelException>().WithMessage(
            $"'{folder}': its config.json says 'tie_word_embeddings' is true, and 'lm_head.weight' differs from "
            + "'model.embed_tokens.weight'. *");

        void Write(string head) => TestData.Write(
            file,
            [.. shapes.Select(item => (item.Key, item.Value, ModelFixture.Values(
                item.Key == "lm_head.weight" ? head : item.Key,
                item.Value.Aggregate(1L, (product, size) => product * size))))]);
    }

    [Theory]
    [InlineData(21)]
    [InlineData(23)]
    [InlineData(64)]
    [InlineData(1024)]
    public void Tables_may_be_padded_and_may_lack_added_tokens(long rows)
    {
        using DisposeScope scope = NewDisposeScope();
        string folder = ModelFixture.LanguageFolder(shapes => shapes["model.embed_tokens.weight"] = [rows, 16]);
        using ChatModel model = ChatModel.Create(ModelFixture.Description() with { LanguageFolder = folder });
        int given = (int)Math.Min(rows, 23) * 16;
        float[] values = Values(model, "lang_embed.weight");
        values.Should().HaveCount(23 * 16);
        values[..given].Should().Equal(ModelFixture.Values("model.embed_tokens.weight", given));
    }

    [Theory]
    [InlineData(19, 20, "has 19 rows, and the folder's config.json says 'vocab_size' is 20.")]
    [InlineData(19, 15, "has 19 rows, and the tokenizer has 20 pieces; it belongs to another model.")]
    [InlineData(1025, 20, "has 1,025 rows, and the tokenizer has 20 pieces, which is more than padding explains;*")]
    public void Tables_of_other_vocabularies_are_refused_with_both_numbers(long rows, int configured, string why)
    {
        string folder = ModelFixture.LanguageFolder(shapes => shapes["model.embed_tokens.weight"] = [rows, 16]);
        ModelDescription description = ModelFixture.Description() with { LanguageFolder = folder };
        LlamaConfig language = description.Language with { VocabularySize = configured };
        Action act = () => ChatModel.Create(description with { Language = language });
        act.Should().Throw<ModelException>().WithMessage($"'{folder}': 'model.embed_tokens.weight' {why}");
    }

    [Fact]
    public void Layers_that_are_not_there_are_told_once_before_anything_is_made()
    {
        string folder = ModelFixture.LanguageFolder();
        ModelDescription description = ModelFixture.Description() with { LanguageFolder = folder };
        Action act = () => ChatModel.Create(
            description with { Language = description.Language with { Layers = 1024 } });
        act.Should().Throw<ModelException>().Which.Problems.Should().Equal(
            $"'{folder}': its config.json says 'num_hidden_layers' is 1024, and its weights have 2 layers.");
    }

    [Fact]
    public void Sizes_beyond_the_machines_memory_are_refused_before_anything_is_made()
    {
        ModelDescription description = ModelFixture.Description();
        Action act = () => ChatModel.Create(description with
        {
            Language = description.Language with { HiddenSize = 1 << 20, IntermediateSize = 1 << 20, HeadSize = 2 },
        });
        act.Should().Throw<ModelException>().WithMessage("A model of these sizes takes * GB beside its files, and *");
    }

    [Fact]
    public void A_whole_checkpoint_that_lacks_a_tensor_is_refused()
    {
        string checkpoint = TestData.NewFolder();
        using (ChatModel whole = ModelFixture.Model(ScalarType.Float32))
        {
            TestData.Write(
                Path.Combine(checkpoint, "model.safetensors"),
                whole.Parameters.Names
                    .Where(name => name != "lang_decoder.model.norm.weight")
                    .Select(name => (name, whole.Parameters[name])));
        }

        Action act = () => ChatModel.Create(
            ModelFixture.Description() with { Checkpoint = checkpoint, CheckpointKind = CheckpointKind.Whole });
        act.Should().Throw<ModelException>()
            .WithMessage($"'{checkpoint}': 'lang_decoder.model.norm.weight' of [16] is missing.");
    }

    [Fact]
    public void Problems_beyond_twenty_are_counted()
    {
        string folder = ModelFixture.LanguageFolder(shapes =>
        {
            for (int index = 0; index < 30; index++)
                shapes.Add($"model.layers.0.other.{index:D2}", [1]);
        });
        Action act = () => ChatModel.Create(ModelFixture.Description() with { LanguageFolder = folder });
        IReadOnlyList<string> problems = act.Should().Throw<ModelException>().Which.Problems;
        problems.Should().HaveCount(21);
        problems[^1].Should().Be("... and 10 more tensors that do not fit.");
    }

    private static void Rename(Dictionary<string, long[]> shapes, string from, string to)
    {
        foreach ((string name, long[] shape) in shapes.ToArray())
        {
            if (!name.StartsWith(from, StringComparison.Ordinal))
                continue;
            _ = shapes.Remove(name);
            shapes[to + name[from.Length..]] = shape;
        }
    }

    private static float[] Values(ChatModel model, string name)
    {
        using DisposeScope scope = NewDisposeScope();
        return model.Parameters[name].detach().to(ScalarType.Float32).contiguous().data<float>().ToArray();
    }
}
