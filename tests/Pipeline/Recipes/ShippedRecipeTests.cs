using VisualChat.Model.Attention;
using VisualChat.Model.Training;
using VisualChat.Pipeline.Recipes;

namespace VisualChat.Pipeline.Tests.Recipes;

public sealed class ShippedRecipeTests
{
    public static TheoryData<string> Names => [.. ShippedRecipes.Files()];

    [Fact]
    public void The_recipes_of_the_folder_and_of_its_folders_are_found() =>
        ShippedRecipes.Files().Should().Contain("quickstart.yaml").And.Contain("quickstart/towers-1.yaml");

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_shipped_recipe_parses_and_is_named_after_its_file(string file) =>
        Read(file).Name.Should().Be(Path.GetFileNameWithoutExtension(file));

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_shipped_recipe_opens_with_its_command_and_an_override(string file)
    {
        string[] lines = File.ReadAllLines(Path.Combine(ShippedRecipes.Folder, file));
        lines[0].Should().StartWith("# visualchat ").And.Contain($"recipes/{file}");
        lines[1].Should().StartWith("# ").And.Contain("--set ");
    }

    [Fact]
    public void The_papers_recipe_has_the_papers_settings()
    {
        Recipe recipe = Read("paper-7b.yaml");

        recipe.Data.Sources.Select(source => (source.Name, source.Concatenate, source.Samples.Count)).Should().Equal(
            ("llava", 3, null),
            ("llava_dial", 2, null),
            ("otter_mimicit_cgd", 1, null),
            ("otter_mimicit_sd", 1, null),
            ("otter_mimicit_sn", 1, null),
            ("otter_mimicit_tvc", 1, null),
            ("otter_mimicit_vst", 1, null),
            ("llava_otter_blend", 1, null),
            ("sparkles_dialogue", 1, null));
        (recipe.Data.MaxImages, recipe.Data.MaxSequenceTokens, recipe.Data.MaxTurnTokens).Should().Be((8, 4096, 512));
        recipe.Template.System.Should().Be(TemplateSettings.DefaultSystem);
        recipe.Images.VisualTokens.Should().Be(257);
        (recipe.Training!.Epochs, recipe.Training.Batch, recipe.Training.LearningRate, recipe.Training.Warmup.Value)
            .Should()
            .Be((6, 128, 1e-3, 0.1));
        (recipe.Training.Schedule, recipe.Model!.Attention, recipe.Model.Dtype)
            .Should()
            .Be((ScheduleKind.Cosine, AttentionMode.Mmca, Dtype.Bf16));
    }

    [Theory]
    [InlineData("paper-7b-qwen.yaml", "models/Llama-2-7b-hf")]
    [InlineData("paper-13b.yaml", "models/Llama-2-13b-hf")]
    [InlineData("paper-70b.yaml", "models/Llama-2-70b-hf")]
    public void The_papers_other_models_are_the_first_with_another_tower_and_decoder(string file, string decoder)
    {
        string name = Path.GetFileNameWithoutExtension(file);
        Read(file).ToYaml().Should().Be(Read("paper-7b.yaml").ToYaml()
            .Replace("name: paper-7b\n", $"name: {name}\n")
            .Replace("models/Llama-2-7b-hf", decoder)
            .Replace("models/clip-vit-large-patch14", "models/qwen_clip")
            .Replace("size: 224", "size: 448")
            .Replace("tokens: 257", "tokens: 256"));
    }

    [Fact]
    public void The_quick_start_brings_its_own_data_and_tokenizer()
    {
        Recipe recipe = Read("quickstart.yaml");

        recipe.Data.SampleWorld.Should().Be(new SampleWorldSettings { Samples = 5000, Seed = 1 });
        recipe.Tokenizer.FullPath.Should().Be(Path.Combine(ShippedRecipes.Folder, "quickstart", "tokenizer.model"));
        recipe.Images.VisualTokens.Should().Be(10);
    }

    [Fact]
    public void The_quick_start_trains_what_the_paper_trains_between_towers_of_at_most_10_MB()
    {
        Recipe recipe = Read("quickstart.yaml");

        recipe.Model!.Trainable.Parts.Should().Equal(TrainablePart.Projection, TrainablePart.Embeddings);
        string towers = Path.Combine(ShippedRecipes.Folder, "quickstart", "towers");
        (recipe.Model.Vision.Folder!.FullPath, recipe.Model.Language.Folder!.FullPath)
            .Should()
            .Be((Path.Combine(towers, "vision"), Path.Combine(towers, "language")));
        Directory.GetFiles(towers, "*", SearchOption.AllDirectories)
            .Sum(file => new FileInfo(file).Length)
            .Should()
            .BeLessThanOrEqualTo(10_000_000);
    }

    [Fact]
    public void The_quick_start_has_another_seed_than_its_towers_whose_random_projection_would_else_be_its_own() =>
        new[] { "quickstart.yaml", "quickstart/towers-1.yaml", "quickstart/towers-2.yaml" }.Select(
            file => Read(file).Seed)
            .Should()
            .Equal(7, 1234, 1234);

    [Fact]
    public void The_small_comparison_joins_frozen_towers_of_at_most_5_MB_that_never_saw_each_others_half()
    {
        Recipe recipe = Read("attention-comparison-small.yaml");

        recipe.Model!.Trainable.Parts.Should().Equal(
            TrainablePart.Projection, TrainablePart.Embeddings, TrainablePart.CrossAttention);
        string towers = Path.Combine(ShippedRecipes.Folder, "attention-comparison-small", "towers");
        (recipe.Model.Vision.Folder!.FullPath, recipe.Model.Language.Folder!.FullPath)
            .Should()
            .Be((Path.Combine(towers, "vision"), Path.Combine(towers, "language")));
        Directory.GetFiles(towers, "*", SearchOption.AllDirectories)
            .Sum(file => new FileInfo(file).Length)
            .Should()
            .BeLessThanOrEqualTo(5_000_000);
        (LearningObjective, TrainablePart[]) text =
            (LearningObjective.Text, [TrainablePart.Embeddings, TrainablePart.Language]);
        foreach ((string file, (LearningObjective objective, TrainablePart[] parts)) in new[]
        {
            ("decoder-1", text), ("decoder-2", text), ("tower", (LearningObjective.Images, [TrainablePart.Vision])),
        })
        {
            Recipe maker = Read($"attention-comparison-small/{file}.yaml");
            maker.Training!.Objective.Should().Be(objective);
            maker.Model!.Trainable.Parts.Should().Equal(parts);
            maker.Data.Should()
                .BeEquivalentTo(Read("attention-comparison-small/tower.yaml").Data, "the shards are the same");
            maker.Seed.Should().NotBe(recipe.Seed, "a random projection would else be its own");
        }
    }

    private static Recipe Read(string file) => ShippedRecipes.Read(file);
}
