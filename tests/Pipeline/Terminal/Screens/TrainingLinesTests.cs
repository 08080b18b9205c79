using VisualChat.Pipeline.Terminal.Screens;
using VisualChat.Pipeline.Tests.Training.Progress;
using VisualChat.Pipeline.Training.Progress;

namespace VisualChat.Pipeline.Tests.Terminal.Screens;

public sealed class TrainingLinesTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly StringWriter _error = new();

    public void Dispose() => _error.Dispose();

    [Fact]
    public void A_line_says_where_the_run_is_and_how_fast()
    {
        Show(TrainingHistory.Empty, [Figures.Step(1)]);

        Lines().Should().Equal(
            "step 1 of 20, epoch 1 of 2: loss 1.5000 (last 1.5000), learning rate 0.001, "
            + "800 tokens/s, 12 images/s, waited 2.0 %, 9 s left");
    }

    [Fact]
    public void Lines_are_five_seconds_apart_but_for_the_first_and_the_last()
    {
        Show(TrainingHistory.Empty, Enumerable.Range(1, 20).Select(step => Figures.Step(step)), secondsApart: 0.5);

        Lines().Select(line => line.Split(',')[0]).Should().Equal("step 1 of 20", "step 11 of 20", "step 20 of 20");
    }

    [Fact]
    public void What_happens_seldom_gets_its_line_at_once()
    {
        Show(
            TrainingHistory.Empty,
            [
                Figures.Evaluation(0, loss: 2.5),
                Figures.Step(1, double.NaN) with { Skipped = "the loss is not finite" },
                Figures.Evaluation(1, loss: 2.75, isBest: false),
                new CheckpointWritten(1, "checkpoints/step-00000001"),
                new TrainingNote("stopping after this step"),
            ]);

        Lines().Should().Equal(
            "step 0: evaluation loss 2.5000 over 30 samples, the best so far",
            "step 1: skipped, the loss is not finite",
            "step 1: evaluation loss 2.7500 over 30 samples",
            "step 1: checkpoint checkpoints/step-00000001",
            "stopping after this step");
    }

    [Fact]
    public void A_long_evaluation_says_how_far_it_is()
    {
        IEnumerable<EvaluationProgress> evaluation =
            Enumerable.Range(0, 31).Select(done => new EvaluationProgress(done, 30));

        Show(TrainingHistory.Empty, evaluation, secondsApart: 1);

        Lines().Should().Equal(
            new[] { 0, 5, 10, 15, 20, 25, 30 }.Select(done => $"evaluating: {done} of 30 samples"));
    }

    [Fact]
    public void The_smoothed_loss_continues_where_a_run_resumes()
    {
        var before = new TrainingHistory([.. Enumerable.Range(1, 10).Select(step => Figures.Step(step, loss: 2))], []);

        Show(before, [Figures.Step(11, loss: 3)]);

        Lines().Single().Should().Contain(
            "loss 2.2039 (last 3.0000)", "the eleventh loss has a fifth of the weight in an average over five");
    }

    private void Show(TrainingHistory before, IEnumerable<TrainingEvent> events, double secondsApart = 0)
    {
        using var lines = new TrainingLines(_error, before, _time);
        foreach (TrainingEvent happened in events)
        {
            lines.Observe(happened);
            _time.Pass(secondsApart);
        }
    }

    private string[] Lines() => _error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
