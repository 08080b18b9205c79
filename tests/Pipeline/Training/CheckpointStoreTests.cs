using System.Text;
using VisualChat.Model.Training;
using VisualChat.Pipeline.DataLoading;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Storage;
using VisualChat.Pipeline.Training;

namespace VisualChat.Pipeline.Tests.Training;

public sealed class CheckpointStoreTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("visualchat-").FullName;

    private readonly FileHashes _hashes = new("/dev/null/none", TextWriter.Null);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_newest_few_are_kept_and_the_best()
    {
        CheckpointStore store = new(_folder, keep: 2, _hashes);
        store.WriteBest(State(1), Content("b"));
        foreach (int step in new[] { 1, 2, 30 })
            store.WriteStep(State(step), Content("w"));
        Directory.GetDirectories(_folder).Select(Path.GetFileName).Should()
            .BeEquivalentTo("best", "step-00000002", "step-00000030");
        Directory.GetFiles(store.Best).Select(Path.GetFileName).Should()
            .BeEquivalentTo("model.safetensors", "recipe.yaml", "state.json");
        Directory.GetFiles(store.Steps[^1]).Select(Path.GetFileName).Should()
            .BeEquivalentTo("model.safetensors", "optimizer.safetensors", "recipe.yaml", "state.json");
    }

    [Fact]
    public void What_was_written_is_read_back()
    {
        CheckpointStore store = new(_folder, keep: 2, _hashes);
        TrainingState state = State(7) with { BestLoss = 1.25, BestStep = 4, Skipped = 3, SkippedInARow = 1 };
        store.WriteStep(state, Content("w"));
        (string folder, TrainingState read) = store.Latest()!.Value;
        Path.GetFileName(folder).Should().Be("step-00000007");
        (read with { Files = state.Files }).Should().Be(state);
        read.Files.Keys.Should().Equal("model.safetensors", "optimizer.safetensors", "recipe.yaml");
    }

    [Fact]
    public void A_file_that_is_not_what_was_written_is_named_and_the_checkpoint_before_offered()
    {
        CheckpointStore store = new(_folder, keep: 2, _hashes);
        store.WriteStep(State(1), Content("w"));
        string newest = store.WriteStep(State(2), Content("w"));
        File.WriteAllText(Path.Combine(newest, "model.safetensors"), "v");
        store.Invoking(it => it.Latest()).Should().Throw<WorkException>().WithMessage(
            $"'{newest}/model.safetensors' is damaged: it is not what was written. "
            + $"Remove the folder '{newest}' to continue from step-00000001, and run the same command again.");
    }

    [Fact]
    public void A_failure_while_writing_leaves_the_earlier_checkpoint_and_nothing_half_written_under_its_name()
    {
        CheckpointStore store = new(_folder, keep: 2, _hashes);
        store.WriteStep(State(1), Content("w"));
        CheckpointContent failing = Content("w") with
        {
            WriteOptimizer = _ => throw new IOException("No space left on device."),
        };
        store.Invoking(it => it.WriteStep(State(2), failing)).Should().Throw<WorkException>()
            .WithMessage("*cannot be written: No space left on device. Earlier ones are kept*");
        store.Steps.Select(Path.GetFileName).Should().Equal("step-00000001");
        store.Recover();
        Directory.GetDirectories(_folder).Should().ContainSingle();
    }

    [Fact]
    public void A_checkpoint_larger_than_the_disks_room_is_refused_before_anything_is_written()
    {
        CheckpointStore store = new(_folder, keep: 2, _hashes);
        CheckpointContent huge = Content("w") with { WeightBytes = long.MaxValue / 4 };
        store.Invoking(it => it.WriteStep(State(1), huge)).Should().Throw<WorkException>()
            .WithMessage("*it takes * GB, and the disk has * GB left.*");
        Directory.GetDirectories(_folder).Should().BeEmpty();
    }

    [Fact]
    public void A_best_that_was_being_replaced_when_the_process_died_comes_back()
    {
        CheckpointStore store = new(_folder, keep: 2, _hashes);
        store.WriteBest(State(1), Content("b"));
        Directory.Move(store.Best, Path.Combine(_folder, ".replaced-best"));
        store.Recover();
        CheckpointStore.ReadChecked(store.Best, _hashes).Step.Should().Be(1);
    }

    [Fact]
    public void A_folder_that_is_not_a_checkpoint_is_refused()
    {
        Action read = () => CheckpointStore.ReadChecked(_folder, _hashes);

        read.Should().Throw<InputException>().WithMessage("*is not a checkpoint: it has no state.json*");
    }

    private static TrainingState State(int step) => new()
    {
        Step = step,
        Position = new LoaderPosition(1, 5),
        PlanFingerprint = "plan",
        Files = new Dictionary<string, FileChecksum>(),
        Trainer = new TrainerState { Updates = step, Steps = step, LossScale = 1, StepsAtScale = 0 },
    };

    private static CheckpointContent Content(string weights) => new()
    {
        WeightBytes = 1,
        WriteWeights = stream => stream.Write(Encoding.UTF8.GetBytes(weights)),
        OptimizerBytes = 1,
        WriteOptimizer = stream => stream.Write("o"u8),
        Texts = [("recipe.yaml", "name: x\n"u8.ToArray())],
    };
}
