using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace VisualChat.Integration.Tests;

/// <summary>What <c>train</c>, <c>evaluate</c> and <c>export</c> do as commands.</summary>
[Trait("Category", "Slow")]
public sealed class TrainingTests : IDisposable
{
    private const int Interrupt = 2;

    private readonly TestFolder _folder = SampleTraining.Make();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void One_command_blends_trains_and_scores_and_its_checkpoint_and_its_export_have_the_same_loss()
    {
        ProgramResult trained = Run("train", SampleTraining.Recipe, "--out", "out").ShouldExitWith(0);
        trained.Output.Should().Contain("Conversations about images it has never seen").And.Contain("without looking");
        string checkpoint = SampleTraining.NewestCheckpoint(_folder, "out");
        Directory.GetDirectories(_folder.File("out/checkpoints")).Select(path => Path.GetFileName(path)!)
            .Should().HaveCount(3).And.Contain("best").And.Contain(Path.GetFileName(checkpoint));
        Directory.GetFiles(checkpoint).Select(path => Path.GetFileName(path)!).Should().BeEquivalentTo(
            "model.safetensors",
            "optimizer.safetensors",
            "state.json",
            "config.json",
            "recipe.yaml",
            "tokenizer.model");

        JsonElement evaluated = Evaluate(SampleTraining.Recipe, checkpoint);
        string lastEvaluation = SampleTraining.LossesOf(_folder, "out").Last(line => line.StartsWith("evaluation "));
        double last = double.Parse(lastEvaluation.Split(' ')[2]);
        evaluated.GetProperty("loss").GetDouble().Should().Be(last, "it is the same sum over the same samples");
        evaluated.GetProperty("samples")[0].EnumerateObject().Select(value => value.Name)
            .Should().Equal("id", "loss", "labels");

        Run("export", SampleTraining.Recipe, "--checkpoint", checkpoint, "--out", "exported").ShouldExitWith(0);
        Evaluate("exported/recipe.yaml", _folder.File("exported")).GetProperty("loss").GetDouble().Should().Be(last);
    }

    [Fact]
    public void The_exported_towers_are_Hugging_Face_folders_that_a_recipe_can_begin_with()
    {
        Run("train", SampleTraining.Recipe, "--out", "out", "--max-steps", "2").ShouldExitWith(0);
        ExportTowers();
        Directory.GetFiles(_folder.File("towers"), "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(_folder.File("towers"), path))
            .Should().BeEquivalentTo(
                "vision/config.json",
                "vision/model.safetensors",
                "vision/visualchat.sha256",
                "language/config.json",
                "language/model.safetensors",
                "language/tokenizer.model",
                "language/visualchat.sha256");
        string[] train =
        [
            "train", SampleTraining.Recipe, "--out", "frozen", "--shards", "out/shards", "--max-steps", "2",
            "--set", "model.vision=towers/vision",
            "--set", "model.language=towers/language",
            "--set", "model.trainable=[projection, embeddings]",
        ];
        Run(train).ShouldExitWith(0);
    }

    [Fact]
    public void The_shipped_quick_start_trains_between_its_towers()
    {
        string recipe = RepositoryFolder.File("recipes/quickstart.yaml");
        Run("train", recipe, "--out", "out", "--set", "data.sample_world.samples=60", "--max-steps", "2")
            .ShouldExitWith(0);
        File.ReadAllText(_folder.File("out/training.html")).Should().Contain("quickstart");
    }

    [Fact]
    public void Ctrl_C_finishes_the_step_writes_a_checkpoint_and_says_how_to_resume()
    {
        using Process process = VisualChatProgram.Start(
            _folder, "train", SampleTraining.Recipe, "--out", "out", "--json");
        while (process.StandardOutput.ReadLine() is { } line && !line.Contains("\"step\":3", StringComparison.Ordinal))
        {
        }

        _ = Kill(process.Id, Interrupt);
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        process.ExitCode.Should().Be(1);
        error.Should().Contain("Stopped at step").And.Contain("Run the same command again to continue.");
        File.Exists(Path.Combine(SampleTraining.NewestCheckpoint(_folder, "out"), "state.json")).Should().BeTrue();
    }

    [Fact]
    public void Another_recipe_is_refused_with_what_differs_and_starts_over_with_fresh()
    {
        Run("train", SampleTraining.Recipe, "--out", "out", "--max-steps", "2").ShouldExitWith(0);
        string[] train = ["train", SampleTraining.Recipe, "--out", "out"];
        string[] withAnotherRate = [.. train, "--set", "training.learning_rate=5.0e-4"];
        ProgramResult other = Run(withAnotherRate).ShouldExitWith(2);
        other.Error.Should().Contain("training.learning_rate was 0.001 and is 0.0005").And.Contain("--fresh");
        ProgramResult blended = Run([.. train, "--set", "data.max_images=2"]).ShouldExitWith(2);
        blended.Error.Should().Contain("data.max_images");
        Run([.. withAnotherRate, "--max-steps", "2", "--fresh"]).ShouldExitWith(0);
    }

    [Fact]
    public void Frozen_weights_in_four_bits_continue_evaluate_and_export_with_the_same_losses()
    {
        SampleTraining.WriteRecipe(_folder, isBetweenTowers: true);
        string[] inFourBits = ["--set", "model.frozen=nf4"];
        string[] train = ["train", SampleTraining.Recipe, "--shards", "out/shards"];
        Run(["train", SampleTraining.Recipe, "--out", "out", "--max-steps", "4", .. inFourBits]).ShouldExitWith(0);
        Run([.. train, "--out", "parts", "--max-steps", "2", .. inFourBits]).ShouldExitWith(0);
        Run([.. train, "--out", "parts", "--max-steps", "4"]).ShouldExitWith(2)
            .Error.Should().Contain("model.frozen was \"nf4\"");
        Run([.. train, "--out", "parts", "--max-steps", "4", .. inFourBits]).ShouldExitWith(0);
        SampleTraining.LossesOf(_folder, "parts").Where(line => line.StartsWith("step", StringComparison.Ordinal))
            .Should().HaveCount(4)
            .And.Equal(SampleTraining.LossesOf(_folder, "out")
                .Where(line => line.StartsWith("step", StringComparison.Ordinal)));

        string checkpoint = SampleTraining.NewestCheckpoint(_folder, "out");
        double loss = LossOf(Evaluate(SampleTraining.Recipe, checkpoint, inFourBits));
        LossOf(Evaluate(SampleTraining.Recipe, checkpoint)).Should().NotBe(loss).And.BeApproximately(loss, 0.5);
        string[] export = ["export", SampleTraining.Recipe, "--checkpoint", checkpoint, "--out", "exported"];
        Run([.. export, .. inFourBits]).ShouldExitWith(0);
        File.ReadAllText(_folder.File("exported/recipe.yaml")).Should().NotContain("nf4");
        LossOf(Evaluate("exported/recipe.yaml", _folder.File("exported"))).Should().Be(loss);

        static double LossOf(JsonElement evaluated) => evaluated.GetProperty("loss").GetDouble();
    }

    [Theory]
    [InlineData("training.micro_batch", "3", "1")]
    [InlineData("training.gradient_checkpointing", "\"auto\"", "true")]
    [InlineData("training.checkpoint_every", "4", "5")]
    public void What_changes_no_result_may_change_when_a_training_continues_and_is_told(
        string key, string before, string now)
    {
        Run("train", SampleTraining.Recipe, "--out", "out", "--max-steps", "2").ShouldExitWith(0);
        Run("train", SampleTraining.Recipe, "--out", "out", "--max-steps", "3", "--set", $"{key}={now}")
            .ShouldExitWith(0)
            .Error.Should().Contain("Continuing from").And.Contain($"{key} was {before} and is {now}");
    }

    [Theory]
    [InlineData("1")] // Every sample is longer, and a pass of its own.
    [InlineData("150")]
    [InlineData("auto")]
    public void However_an_updates_samples_are_cut_the_losses_are_the_same_but_for_rounding(string positions)
    {
        Run("train", SampleTraining.Recipe, "--out", "out", "--max-steps", "3").ShouldExitWith(0);
        Run(
            "train", SampleTraining.Recipe, "--out", "cut", "--shards", "out/shards", "--max-steps", "3",
            "--set", "training.micro_batch=null", "--set", $"training.micro_batch_positions={positions}")
            .ShouldExitWith(0);
        double[] expected = [.. LossesOf("out")];

        expected.Should().HaveCount(4);
        LossesOf("cut").Zip(expected, (loss, other) => Math.Abs(loss - other) / other)
            .Should().HaveCount(4).And.OnlyContain(difference => difference < 1e-5);

        IEnumerable<double> LossesOf(string output) =>
            SampleTraining.LossesOf(_folder, output).Select(line => double.Parse(line.Split(' ')[2]));
    }

    [Fact]
    public void A_training_whose_passes_the_program_sizes_continues_with_the_same_bits()
    {
        string[] auto =
        [
            "--set", "training.micro_batch=null", "--set", "training.micro_batch_positions=auto",
            "--set", "training.batch=24",
        ];
        Run(["train", SampleTraining.Recipe, "--out", "whole", "--max-steps", "6", .. auto]).ShouldExitWith(0)
            .Error.Should().Contain("of up to", "passes are smaller than an update");
        string[] parts = ["train", SampleTraining.Recipe, "--out", "parts", "--shards", "whole/shards", .. auto];
        Run([.. parts, "--max-steps", "3"]).ShouldExitWith(0);
        Run([.. parts, "--max-steps", "6"]).ShouldExitWith(0).Error.Should().Contain("Continuing from");

        SampleTraining.LossesOf(_folder, "parts").Should().Equal(SampleTraining.LossesOf(_folder, "whole"));
        foreach (string file in new[] { "model.safetensors", "optimizer.safetensors" })
            BytesOf("parts", file).Should().Equal(BytesOf("whole", file));

        byte[] BytesOf(string output, string file) =>
            File.ReadAllBytes(Path.Combine(SampleTraining.NewestCheckpoint(_folder, output), file));
    }

    [Fact]
    public void The_evaluation_before_the_first_update_takes_no_more_than_512_samples_and_says_so()
    {
        Run(
            "train", SampleTraining.Recipe, "--out", "out", "--max-steps", "1",
            "--set", "data.sample_world.samples=3000", "--set", "data.validation.fraction=0.9").ShouldExitWith(0);

        JsonElement[] evaluations =
        [
            .. File.ReadLines(_folder.File("out/training.jsonl"))
                .Select(line => JsonDocument.Parse(line).RootElement)
                .Where(line => line.GetProperty("kind").GetString() == "evaluation"),
        ];
        JsonElement first = evaluations.Should().ContainSingle().Subject;
        first.GetProperty("step").GetInt32().Should().Be(0);
        first.GetProperty("samples").GetInt32().Should().Be(512);
        first.GetProperty("samples_held_out").GetInt32().Should().BeGreaterThan(512);
        Directory.Exists(_folder.File("out/checkpoints/best"))
            .Should().BeFalse("the loss of a part cannot be compared");
    }

    [Fact]
    public void Validate_foretells_of_blended_shards_what_train_foretells()
    {
        string error = Run("train", SampleTraining.Recipe, "--out", "out", "--max-steps", "1", "--device", "cpu")
            .ShouldExitWith(0).Error;
        string[] validate = ["validate", SampleTraining.Recipe, "--out", "out", "--device", "cpu", "--json"];
        using var report = JsonDocument.Parse(Run(validate).ShouldExitWith(0).Output);
        JsonElement device = report.RootElement.GetProperty("model").GetProperty("devices")[0];
        double bytes = device.GetProperty("training").GetProperty("kept").GetProperty("total_bytes").GetDouble();

        error.Should().Contain($"Memory on cpu: about {bytes / 1e9:0.##} GB of ");
        report.RootElement.GetProperty("model").GetProperty("checkpoints").GetProperty("fits").GetBoolean()
            .Should().BeTrue();
    }

    [Fact]
    public void A_tower_may_move_but_a_flipped_bit_in_it_is_another_training()
    {
        SampleTraining.WriteRecipe(_folder, isBetweenTowers: true);
        foreach (string copy in new[] { "vision", "moved" })
            CopyTower("vision", copy);
        string[] train = ["train", SampleTraining.Recipe, "--out", "out"];
        Run([.. train, "--set", "model.vision=vision", "--max-steps", "2"]).ShouldExitWith(0);
        Run([.. train, "--set", "model.vision=moved", "--max-steps", "3"]).ShouldExitWith(0);

        string weights = _folder.File("moved/model.safetensors");
        byte[] bytes = File.ReadAllBytes(weights);
        bytes[^1] ^= 1;
        File.WriteAllBytes(weights, bytes);
        Run([.. train, "--set", "model.vision=moved", "--max-steps", "4"]).ShouldExitWith(2).Error.Should()
            .Contain($"'{weights}' (model.vision) has other bytes than when the training began");
        string[] evaluate =
        [
            "evaluate", SampleTraining.Recipe, "--checkpoint", SampleTraining.NewestCheckpoint(_folder, "out"),
            "--shards", "out/shards",
        ];
        Run([.. evaluate, "--set", "model.vision=moved"]).ShouldExitWith(2).Error.Should().Contain(weights);
        Run([.. evaluate, "--set", "model.vision=./moved"]).ShouldExitWith(0)
            .Error.Should().Contain("(model.vision) has other bytes").And.Contain("Warning");
    }

    [Fact]
    public void A_damaged_checkpoint_is_named_and_the_one_before_it_offered()
    {
        Run("train", SampleTraining.Recipe, "--out", "out", "--max-steps", "8").ShouldExitWith(0);
        string newest = SampleTraining.NewestCheckpoint(_folder, "out");
        string weights = Path.Combine(newest, "model.safetensors");
        byte[] bytes = File.ReadAllBytes(weights);
        bytes[^1] ^= 1;
        File.WriteAllBytes(weights, bytes);
        ProgramResult refused = Run("train", SampleTraining.Recipe, "--out", "out").ShouldExitWith(1);
        refused.Error.Should().Contain(weights).And.Contain("damaged").And.Contain("to continue from step-00000004");
        Directory.Delete(newest, recursive: true);
        Run("train", SampleTraining.Recipe, "--out", "out", "--max-steps", "8").ShouldExitWith(0)
            .Error.Should().Contain("Continuing from").And.Contain("step-00000004");
    }

    [Fact]
    public void A_loss_that_is_not_finite_is_skipped_and_after_five_in_a_row_training_stops_with_the_samples()
    {
        // A rate that throws the weights to infinity at the first update.
        string[] train =
        [
            "train", SampleTraining.Recipe, "--out", "out",
            "--set", "training.learning_rate=1.0e+30", "--set", "training.clip=0", "--set", "training.warmup=0",
        ];
        ProgramResult stopped = Run(train).ShouldExitWith(1);
        stopped.Error.Should().Contain("was not finite (NaN or infinity) in 5 updates in a row")
            .And.MatchRegex("of the samples (llava|otter_mimicit_cgd)-");
    }

    [Fact]
    public void A_sample_longer_than_the_models_positions_is_named_before_training()
    {
        Run("train", SampleTraining.Recipe, "--out", "out", "--max-steps", "1").ShouldExitWith(0);
        ExportTowers();
        string config = _folder.File("towers/language/config.json");
        const string key = "\"max_position_embeddings\": ";
        string text = File.ReadAllText(config);
        text.Should().Contain($"{key}512");
        File.WriteAllText(config, text.Replace($"{key}512", $"{key}60"));
        string[] train =
        [
            "train", SampleTraining.Recipe, "--out", "short", "--shards", "out/shards",
            "--set", "model.language=towers/language",
        ];
        ProgramResult refused = Run(train).ShouldExitWith(2);
        refused.Error.Should().Contain("more than the model's 60 positions").And.Contain("data.max_sequence_tokens");
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int process, int signal);

    private ProgramResult Run(params string[] arguments) => VisualChatProgram.Run(_folder, arguments);

    private void ExportTowers()
    {
        string checkpoint = SampleTraining.NewestCheckpoint(_folder, "out");
        Run("export", SampleTraining.Recipe, "--checkpoint", checkpoint, "--out", "towers", "--towers")
            .ShouldExitWith(0);
    }

    private JsonElement Evaluate(string recipe, string checkpoint, params string[] settings)
    {
        string[] evaluate =
            ["evaluate", recipe, "--checkpoint", checkpoint, "--shards", "out/shards", "--json", .. settings];
        return JsonDocument.Parse(Run(evaluate).ShouldExitWith(0).Output).RootElement;
    }

    private void CopyTower(string name, string target)
    {
        string to = Directory.CreateDirectory(_folder.File(target)).FullName;
        foreach (string file in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Data", "towers", name)))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }
}
