using VisualChat.Model.Errors;
using VisualChat.Pipeline.Commands;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Shards;
using VisualChat.Pipeline.Storage;
using VisualChat.Pipeline.Tokens;
using VisualChat.Pipeline.Training;

namespace VisualChat.Pipeline.Tests.Commands;

/// <summary>
/// One flipped bit in a file that a command trusts: it is noticed, and the file is named. Offsets
/// are drawn with a fixed seed.
/// </summary>
public sealed class FlippedBitTests(TrainedRun trained) : IClassFixture<TrainedRun>, IDisposable
{
    private const int FlipsInAFile = 40;

    private readonly string _copy = Directory.CreateTempSubdirectory("visualchat-").FullName;

    public void Dispose() => Directory.Delete(_copy, recursive: true);

    [Fact]
    public void In_a_checkpoint()
    {
        CopyFolder(trained.Checkpoint, _copy);
        Open(_copy);
        foreach (string file in Directory.GetFiles(_copy))
            EveryFlipIsNoticed(file, () => Open(_copy));
    }

    [Fact]
    public void A_file_in_a_checkpoint_is_answered_with_its_folder()
    {
        string file = Path.Combine(trained.Checkpoint, "model.safetensors");
        Action open = () => Open(file);
        open.Should().Throw<InputException>()
            .WithMessage($"'{file}' is a file; a checkpoint is a folder. Name '{trained.Checkpoint}'.");
    }

    [Fact]
    public async Task In_an_exported_model_except_its_recipe_which_people_may_edit()
    {
        string exported = Path.Combine(_copy, "exported");
        using var console = new TestConsole();
        var options = new ExportOptions { Recipe = trained.Recipe, Checkpoint = trained.Checkpoint, Output = exported };
        (await ExportCommand.RunAsync(options, console.Streams, CancellationToken.None)).Should().Be(0);
        Open(exported);
        string[] files = [.. Directory.GetFiles(exported).Where(file => Path.GetFileName(file) != "recipe.yaml")];
        files.Select(Path.GetFileName).Should().BeEquivalentTo(
            "config.json", "model.safetensors", "tokenizer.model", "visualchat.sha256");
        foreach (string file in files)
            EveryFlipIsNoticed(file, () => Open(exported));
    }

    [Fact]
    public void In_a_manifest_or_a_shard()
    {
        CopyFolder(trained.Shards, _copy);
        Verify();
        EveryFlipIsNoticed(new OutputFolder(_copy).ManifestPath, Verify);
        foreach (string shard in Directory.GetFiles(Path.Combine(_copy, "data")))
            EveryFlipIsNoticed(shard, Verify);

        void Verify()
        {
            var check = new ShardCheck(_copy, NewHashes());
            check.VerifyAsync(new OutputFolder(_copy).RecordedShards(), null, default).GetAwaiter().GetResult();
        }
    }

    [Fact]
    public async Task In_a_shard_that_is_evaluated_or_inspected()
    {
        CopyFolder(trained.Shards, _copy);
        string shard = Directory.GetFiles(Path.Combine(_copy, "data"), "validation-*").Single();
        byte[] bytes = await File.ReadAllBytesAsync(shard);
        bytes[bytes.Length / 2] ^= 4;
        await File.WriteAllBytesAsync(shard, bytes);
        using var console = new TestConsole();
        var evaluate = new EvaluateOptions
        {
            Recipe = trained.Recipe,
            Checkpoint = trained.Checkpoint,
            Shards = _copy,
            Split = ShardSet.Validation,
            Device = "cpu",
        };
        Func<Task> evaluating = () => EvaluateCommand.RunAsync(evaluate, console.Streams, default);
        Func<Task> inspecting = () =>
            InspectCommand.RunAsync(new InspectOptions { Folder = _copy }, console.Streams, default);

        (await evaluating.Should().ThrowAsync<WorkException>()).WithMessage($"'{shard}' is damaged*");
        (await inspecting.Should().ThrowAsync<WorkException>()).WithMessage($"'{shard}' is damaged*");
    }

    private static void EveryFlipIsNoticed(string file, Action open)
    {
        byte[] bytes = File.ReadAllBytes(file);
        var random = new Random(7);
        for (int flip = 0; flip < FlipsInAFile; flip++)
        {
            int place = random.Next(bytes.Length), bit = random.Next(8);
            byte[] flipped = [.. bytes];
            flipped[place] ^= (byte)(1 << bit);
            File.WriteAllBytes(file, flipped);
            Exception? thrown = Record.Exception(open);
            thrown.Should().Match(
                error => error is WorkException || error is InputException || error is ModelException,
                $"bit {bit} of byte {place} of {Path.GetFileName(file)} is flipped");
        }

        File.WriteAllBytes(file, bytes);
        open();
    }

    private static void CopyFolder(string from, string to)
    {
        foreach (string file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, file));
            _ = Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    private void Open(string model)
    {
        Recipe recipe = trained.Recipe.Read();
        var tokenizer = SentencePieceTokenizer.Load(recipe.Tokenizer.FullPath);
        _ = TrainedModel.Open(recipe, tokenizer, model, "cpu", NewHashes(), TextWriter.Null);
    }

    private FileHashes NewHashes() => new(Path.Combine(_copy, "cache"), TextWriter.Null);
}
