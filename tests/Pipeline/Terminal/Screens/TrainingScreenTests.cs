using Spectre.Console;
using VisualChat.Pipeline.Terminal.Screens;
using VisualChat.Pipeline.Tests.Training.Progress;
using VisualChat.Pipeline.Training.Progress;

namespace VisualChat.Pipeline.Tests.Terminal.Screens;

public sealed class TrainingScreenTests
{
    [Fact]
    public void The_screen_says_where_the_run_is_how_fast_and_what_is_best()
    {
        var time = new ManualTime();
        using var screen = new TrainingScreen(NewConsole(new StringWriter()), TrainingHistory.Empty, time);
        screen.Observe(Figures.Evaluation(0, loss: 2.5));
        screen.Observe(Figures.Evaluation(1, loss: 2.75, isBest: false));
        screen.Observe(Figures.Step(5));
        time.Pass(75);

        TextOf(screen).Should().Equal(
            "step           ━━━━━━━━━━━━━━━━━━━━━━━━━━━━ 5 of 20, epoch 1 of 2",
            "loss           1.5000 smoothed, 1.5000 last",
            "learning rate  0.001, gradient norm 0.25",
            "speed          800 tokens/s, 12 images/s",
            "device waited  2.0 % of the time",
            "time           7 s left, 1 min 15 s so far",
            "evaluation     2.7500 at step 1, best 2.5000 at step 0");
    }

    [Fact]
    public void Before_the_first_step_the_screen_says_how_far_the_evaluation_is()
    {
        using var screen = new TrainingScreen(NewConsole(new StringWriter()), TrainingHistory.Empty, new ManualTime());
        screen.Observe(new EvaluationProgress(12, 30));

        TextOf(screen).Should().Equal("time        0 s, no step done yet", "evaluation  12 of 30 samples");
    }

    [Fact]
    public void What_stays_is_what_happened_seldom_and_where_the_run_got_to()
    {
        var output = new StringWriter();
        using (var screen = new TrainingScreen(NewConsole(output), TrainingHistory.Empty, new ManualTime()))
        {
            screen.Observe(Figures.Step(1));
            screen.Observe(new CheckpointWritten(1, "checkpoints/[step]"));
        }

        output.ToString().Should().Contain("step 1: checkpoint checkpoints/[step]\n")
            .And.EndWith("1 of 20 steps in 0 s, loss 1.5000\n");
    }

    [Fact]
    public void Where_standard_error_is_not_a_terminal_lines_take_its_place()
    {
        using ITrainingWatcher display = TrainingScreen.Open(new StringWriter(), TrainingHistory.Empty, isJson: false);

        display.Should().BeOfType<TrainingLines>();
    }

    private static string[] TextOf(TrainingScreen screen)
    {
        var output = new StringWriter();
        NewConsole(output).Write(screen.Draw());
        return [.. output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.TrimEnd())];
    }

    private static IAnsiConsole NewConsole(StringWriter output)
    {
        var settings = new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output), Ansi = AnsiSupport.No };
        IAnsiConsole console = AnsiConsole.Create(settings);
        console.Profile.Width = 100;
        return console;
    }
}
