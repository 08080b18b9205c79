using System.Diagnostics;
using System.Text.Json;
using VisualChat.Pipeline.Randomness;
using Xunit.Abstractions;

namespace VisualChat.Integration.Tests;

/// <summary>
/// Trainings from features that a frozen tower made before, and the making of them.
/// </summary>
public sealed class KeptFeaturesTests(ITestOutputHelper output) : IDisposable
{
    private const string Kept = "training.features=features";

    private readonly TestFolder _folder = Blended();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_training_from_kept_features_has_the_losses_and_weights_of_one_from_pixels()
    {
        Train("pixels").ShouldExitWith(0);
        string[] losses = SampleTraining.LossesOf(_folder, "pixels");
        losses.Should().HaveCountGreaterThan(15);

        Train("kept", "--set", "training.features=keep").ShouldExitWith(0)
            .Error.Should().MatchRegex(@"Features of \d+ images, which samples show \d+ times: [\d.]+ MB to write, "
                + @"10 x 192 float32 each; [\d,.]+ [MG]B are free in '.*kept/features'\.");
        SampleTraining.LossesOf(_folder, "kept").Should().Equal(losses);
        Weights("kept").Should().Equal(Weights("pixels"));

        // Stopped in the middle of an epoch, and continued the other way, twice.
        Train("mixed", "--set", "training.features=kept/features", "--max-steps", "7").ShouldExitWith(0);
        Train("mixed", "--max-steps", "9").ShouldExitWith(0).Error.Should().Contain("training.features was");
        Train("mixed", "--set", "training.features=kept/features").ShouldExitWith(0)
            .Error.Should().NotContain("Features of");
        SampleTraining.LossesOf(_folder, "mixed").Should().Equal(losses);
        Weights("mixed").Should().Equal(Weights("pixels"));
    }

    [Theory]
    [InlineData("micro_batch=1")]
    [InlineData("micro_batch=6")]
    public void However_an_update_is_cut_the_losses_are_those_from_pixels(string cut)
    {
        Encode().ShouldExitWith(0);
        Train("pixels", "--max-steps", "4", "--set", $"training.{cut}").ShouldExitWith(0);

        Train("kept", "--max-steps", "4", "--set", $"training.{cut}", "--set", Kept).ShouldExitWith(0);

        SampleTraining.LossesOf(_folder, "kept").Should().Equal(SampleTraining.LossesOf(_folder, "pixels"));
    }

    [Fact]
    public void Each_image_is_encoded_once_and_none_a_second_time()
    {
        JsonElement first = Json(Encode("--json").ShouldExitWith(0));
        int distinct = first.GetProperty("distinct").GetInt32();
        first.GetProperty("encoded").GetInt32().Should().Be(distinct).And.BeGreaterThan(20);
        first.GetProperty("shown").GetInt64().Should().BeGreaterThan(distinct);
        string[] whole = _folder.HashesOf("features");

        JsonElement second = Json(Encode("--json").ShouldExitWith(0));

        second.GetProperty("encoded").GetInt32().Should().Be(0);
        second.GetProperty("distinct").GetInt32().Should().Be(distinct);
        _folder.HashesOf("features").Should().Equal(whole);
    }

    [Fact, Trait("Category", "Slow")]
    public void An_encoding_killed_at_random_moments_and_run_again_ends_with_the_same_bytes()
    {
        Encode().ShouldExitWith(0);
        string[] whole = _folder.HashesOf("features");
        Directory.Delete(_folder.File("features"), recursive: true);
        var random = new KeyedRandom(TestSeed.Draw(output), "kills", 0, "milliseconds");
        for (int kill = 0; kill < 4; kill++)
        {
            using Process process = VisualChatProgram.Start(_folder, EncodeLine());
            Thread.Sleep(random.NextInclusive(100, 2500));
            process.Kill();
            process.WaitForExit();
        }

        Encode().ShouldExitWith(0);

        _folder.HashesOf("features").Should().Equal(whole);
    }

    [Fact]
    public void A_full_disk_is_one_clear_error_and_a_rerun_continues()
    {
        // Loading libtorch writes a file of 2.4 MB; the features of so wide a tower take 3.8.
        const string Wide = "{ hidden_size: 3072, intermediate_size: 64, num_hidden_layers: 1, "
            + "num_attention_heads: 48, patch_size: 32 }";
        string recipe = File.ReadAllText(_folder.File(SampleTraining.Recipe));
        _folder.Write(SampleTraining.Recipe, recipe.Replace(SampleTraining.Vision, Wide, StringComparison.Ordinal));

        ProgramResult full = VisualChatProgram.RunWithFileLimit(_folder, kilobytes: 3000, EncodeLine())
            .ShouldExitWith(1);

        full.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Should().ContainSingle(line => line.StartsWith("error: ", StringComparison.Ordinal))
            .Which.Should().Contain(_folder.File("features")).And.Contain("run the same command again");
        Directory.GetFiles(_folder.File("features"), "*.tmp").Should().BeEmpty();
        Encode().ShouldExitWith(0);
    }

    [Fact]
    public void What_does_not_go_with_the_training_is_refused()
    {
        Encode().ShouldExitWith(0);

        Train("out", "--set", Kept, "--set", "model.dtype=bf16").ShouldExitWith(2)
            .Error.Should().Contain("model.dtype is float32, the recipe has bf16");
        Train("out", "--set", Kept, "--set", "model.trainable=all").ShouldExitWith(2)
            .Error.Should().Contain("has the tower learn");
        Train("out", "--set", "training.features=none").ShouldExitWith(2)
            .Error.Should().Contain("has no features.json");

        // Another tower of the same sizes.
        string tower = _folder.File("tower");
        Directory.CreateDirectory(tower);
        foreach (string file in Directory.GetFiles(SampleTraining.Vision))
            File.Copy(file, Path.Combine(tower, Path.GetFileName(file)));
        string weights = Path.Combine(tower, "model.safetensors");
        byte[] bytes = File.ReadAllBytes(weights);
        bytes[^1] ^= 1;
        File.WriteAllBytes(weights, bytes);
        Train("out", "--set", Kept, "--set", $"model.vision={tower}").ShouldExitWith(2)
            .Error.Should().Contain("their tower has other weights");
    }

    [Fact]
    public void Images_that_are_not_there_are_counted_and_one_is_named()
    {
        Encode().ShouldExitWith(0);
        VisualChatProgram.Run(
                _folder, "train", SampleTraining.Recipe, "--out", "other", "--max-steps", "1",
                "--set", "data.sample_world.seed=8", "--set", Kept)
            .ShouldExitWith(2)
            .Error.Should().MatchRegex(@"The features in '.*' lack \d+ of the shards' \d+ images, such as '.*': "
                + @"image 1 of sample '.*' \(.*\)\. Run 'visualchat encode'");
    }

    [Fact]
    public void Damage_is_noticed_when_it_is_read()
    {
        Encode().ShouldExitWith(0);
        string file = Directory.GetFiles(_folder.File("features"), "*.safetensors").Single();
        byte[] bytes = File.ReadAllBytes(file);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(file, bytes);

        Train("out", "--set", Kept).ShouldExitWith(1)
            .Error.Should().Contain($"'{file}' is damaged").And.Contain("visualchat encode");
    }

    [Fact]
    public void Two_encodings_never_write_one_folder()
    {
        Directory.CreateDirectory(_folder.File("features"));
        using var taken = new FileStream(
            _folder.File("features/.encoding"), FileMode.Create, FileAccess.ReadWrite, FileShare.None);

        Encode().ShouldExitWith(1).Error.Should().Contain("Another process is encoding images into");
    }

    // The shards are made once by the first training of one step.
    private static TestFolder Blended()
    {
        var folder = new TestFolder();
        SampleTraining.WriteRecipe(folder, isBetweenTowers: true);
        VisualChatProgram.Run(folder, "train", SampleTraining.Recipe, "--out", "first", "--max-steps", "1")
            .ShouldExitWith(0);
        return folder;
    }

    private static JsonElement Json(ProgramResult result) => JsonDocument.Parse(result.Output).RootElement;

    private ProgramResult Train(string name, params string[] more) => VisualChatProgram.Run(
        _folder, ["train", SampleTraining.Recipe, "--out", name, "--shards", "first/shards", .. more]);

    private ProgramResult Encode(params string[] more) => VisualChatProgram.Run(_folder, [.. EncodeLine(), .. more]);

    private static string[] EncodeLine() =>
        ["encode", SampleTraining.Recipe, "--shards", "first/shards", "--out", "features"];

    private byte[] Weights(string run) =>
        File.ReadAllBytes(Path.Combine(SampleTraining.NewestCheckpoint(_folder, run), "model.safetensors"));
}
