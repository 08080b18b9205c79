using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Training.Progress;

namespace VisualChat.Pipeline.Tests.Training.Progress;

public sealed class TrainingLogTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("visualchat-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Steps_and_evaluations_are_on_the_disk_as_soon_as_they_happened()
    {
        using TrainingLog log = TrainingLog.Start(_folder);

        log.Observe(Figures.Evaluation(0));
        log.Observe(Figures.Step(1));

        Kinds().Should().Equal("evaluation 0", "step 1");
    }

    [Fact]
    public void A_run_killed_after_its_checkpoint_and_resumed_leaves_the_lines_of_one_that_was_not()
    {
        TrainingEvent[] begun = [Figures.Evaluation(0), Figures.Step(1), Figures.Step(2), Figures.Evaluation(2)];
        Write(TrainingLog.Start(_folder), [.. begun, Figures.Step(3), Figures.Step(4)]);
        string uninterrupted = File.ReadAllText(Log);

        Write(TrainingLog.Start(_folder), [.. begun, Figures.Step(3, loss: 9)]);
        Write(
            TrainingLog.Resume(_folder, 2),
            Figures.Step(3),
            new TrainingNote("resumed"),
            new CheckpointWritten(3, "there"),
            Figures.Step(4));

        File.ReadAllText(Log).Should().Be(uninterrupted);
    }

    [Fact]
    public void A_line_that_a_kill_left_unfinished_is_cut_off()
    {
        Write(TrainingLog.Start(_folder), Figures.Step(1), Figures.Step(2));
        File.AppendAllText(Log, """{"kind":"step","step":3,"st""");

        Write(TrainingLog.Resume(_folder, 2), Figures.Step(3));

        Kinds().Should().Equal("step 1", "step 2", "step 3");
    }

    [Fact]
    public void An_evaluation_that_the_log_has_is_not_written_again()
    {
        Write(TrainingLog.Start(_folder), Figures.Step(1), Figures.Evaluation(1));

        Write(TrainingLog.Resume(_folder, 1), Figures.Evaluation(1), Figures.Step(2), Figures.Evaluation(2));

        Kinds().Should().Equal("step 1", "evaluation 1", "step 2", "evaluation 2");
    }

    [Fact]
    public void A_resumed_run_knows_what_came_before()
    {
        StepFigures skipped = Figures.Step(2, double.NaN) with { Skipped = "the loss is not finite" };
        Write(TrainingLog.Start(_folder), Figures.Step(1), Figures.Evaluation(1, loss: 2.25), skipped);

        using TrainingLog log = TrainingLog.Resume(_folder, 2);

        log.History.Steps.Should().Equal(Figures.Step(1), skipped);
        log.History.Evaluations.Should().Equal(Figures.Evaluation(1, loss: 2.25));
    }

    [Fact]
    public void A_run_from_the_start_begins_a_log_of_its_own()
    {
        Write(TrainingLog.Start(_folder), Figures.Evaluation(0), Figures.Step(1));

        Write(TrainingLog.Start(_folder), Figures.Step(1, loss: 3));

        TrainingHistory.Read(Log).Steps.Should().Equal(Figures.Step(1, loss: 3));
    }

    [Fact]
    public void A_log_that_was_removed_starts_over()
    {
        Write(TrainingLog.Resume(_folder, 7), Figures.Step(8));

        Kinds().Should().Equal("step 8");
    }

    [Theory]
    [InlineData("""{"kind":"step"}""")]
    [InlineData("""{"kind":"other"}""")]
    [InlineData("nonsense")]
    [InlineData("")]
    public void A_damaged_line_is_named_with_what_to_do(string line)
    {
        Write(TrainingLog.Start(_folder), Figures.Step(1));
        File.AppendAllText(Log, line + "\n");

        Action resume = () => TrainingLog.Resume(_folder, 1).Dispose();

        resume.Should().Throw<WorkException>().WithMessage(
            $"Line 2 of '{Log}' is damaged: * "
            + "Remove the line, or the file to continue without the curves so far.");
    }

    private string Log => TrainingLog.PathIn(_folder);

    private static void Write(TrainingLog log, params TrainingEvent[] events)
    {
        using (log)
        {
            foreach (TrainingEvent happened in events)
                log.Observe(happened);
        }
    }

    private string[] Kinds() => [.. File.ReadAllLines(Log).Select(TrainingEventJson.Read).Select(KindOf)];

    private static string KindOf(TrainingEvent happened) =>
        happened is StepFigures step ? $"step {step.Step}" : $"evaluation {((EvaluationFigures)happened).Step}";
}
