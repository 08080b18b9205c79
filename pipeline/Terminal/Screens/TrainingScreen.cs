using Spectre.Console;
using Spectre.Console.Rendering;
using VisualChat.Pipeline.Training.Progress;

namespace VisualChat.Pipeline.Terminal.Screens;

/// <summary>
/// Shows a run to a person at a terminal: a few lines that stay in place, and above them what
/// deserves a line of its own.
/// </summary>
internal sealed class TrainingScreen : ITrainingWatcher
{
    private static readonly TimeSpan BetweenDrawings = TimeSpan.FromMilliseconds(250);

    private readonly Lock _lock = new();
    private readonly DisplayedRun _state;
    private readonly TimeProvider _time;
    private readonly long _began;
    private readonly IAnsiConsole _console;
    private readonly PeriodicTimer _timer;
    private readonly Task _drawing;

    /// <param name="before">What happened before, if the run resumes.</param>
    public TrainingScreen(IAnsiConsole console, TrainingHistory before, TimeProvider time)
    {
        _console = console;
        _state = new DisplayedRun(before);
        _time = time;
        _began = time.GetTimestamp();
        _timer = new PeriodicTimer(BetweenDrawings, time);
        _drawing = Task.Run(() => console.Live(Draw()).AutoClear(true).StartAsync(DrawAsync));
    }

    /// <summary>A screen on standard error if a person watches it, else lines.</summary>
    /// <param name="before">What happened before, if the run resumes.</param>
    /// <param name="isJson">
    /// Whether lines of JSON go to standard output: a screen cannot share its terminal with them.
    /// </param>
    public static ITrainingWatcher Open(TextWriter error, TrainingHistory before, bool isJson)
    {
        bool isTerminal = ReferenceEquals(PrintableWriter.Under(error), Console.Error) && !Console.IsErrorRedirected;
        bool isShared = isJson && !Console.IsOutputRedirected;
        return isTerminal && !isShared
            ? new TrainingScreen(Screen.Of(error), before, TimeProvider.System)
            : new TrainingLines(error, before, TimeProvider.System);
    }

    public void Observe(TrainingEvent happened)
    {
        lock (_lock)
            _state.Observe(happened);
        if (TrainingText.LineOf(happened) is { } line)
            _console.Write(new LineAbove(PrintableText.Of(line)));
    }

    /// <summary>Removes the display and leaves a line that says how far the run got.</summary>
    public void Dispose()
    {
        _timer.Dispose();
        _drawing.GetAwaiter().GetResult();
        if (_state.Step is not { } step)
            return;
        string time = TrainingText.Time(_time.GetElapsedTime(_began));
        string loss = TrainingText.Loss(_state.SmoothedLoss);
        _console.WriteLine($"{step.Step:N0} of {step.Steps:N0} steps in {time}, loss {loss}");
    }

    /// <summary>The lines that stay in place.</summary>
    internal IRenderable Draw()
    {
        lock (_lock)
        {
            Grid lines = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(2)).AddColumn();
            TimeSpan elapsed = _time.GetElapsedTime(_began);
            if (_state.Step is { } step)
                AddRows(lines, step, elapsed);
            else
                AddRow(lines, "time", $"{TrainingText.Time(elapsed)}, no step done yet");
            AddRow(lines, "evaluation", EvaluationText());
            return lines;
        }
    }

    private void AddRows(Grid lines, StepFigures step, TimeSpan elapsed)
    {
        RunningRates rates = _state.Rates;
        string bar = BarOf((double)step.Step / step.Steps);
        string loss = TrainingText.Loss(_state.SmoothedLoss);
        string gradient = TrainingText.Small(step.GradientNorm);
        string images = TrainingText.Rate(rates.ImagesPerSecond);
        AddRow(lines, "step", $"{bar} {step.Step:N0} of {step.Steps:N0}, epoch {step.Epoch} of {step.Epochs}");
        AddRow(lines, "loss", $"[bold]{loss}[/] smoothed, {TrainingText.Loss(step.Loss)} last");
        AddRow(lines, "learning rate", $"{TrainingText.Small(step.LearningRate)}, gradient norm {gradient}");
        AddRow(lines, "speed", $"{TrainingText.Rate(rates.TokensPerSecond)} tokens/s, {images} images/s");
        AddRow(lines, "device waited", $"{TrainingText.Share(rates.WaitShare)} of the time");
        AddRow(lines, "time", $"{TrainingText.Time(rates.TimeLeft)} left, {TrainingText.Time(elapsed)} so far");
    }

    private static void AddRow(Grid lines, string name, string markup) =>
        lines.AddRow(new Markup($"[grey]{name}[/]"), new Markup(markup));

    private static string BarOf(double share)
    {
        const int Width = 28;
        int done = (int)(share * Width);
        return $"[green]{new string('━', done)}[/][grey]{new string('━', Width - done)}[/]";
    }

    private string EvaluationText()
    {
        if (_state.Evaluating is { } progress)
            return $"{progress.SamplesDone:N0} of {progress.Samples:N0} samples";
        if (_state.Evaluation is not { } last)
            return "none yet";
        string text = $"{TrainingText.Loss(last.Loss)} at step {last.Step:N0}";
        return _state.Best is { } best && best.Step != last.Step
            ? $"{text}, best {TrainingText.Loss(best.Loss)} at step {best.Step:N0}"
            : $"{text}, the best";
    }

    private async Task DrawAsync(LiveDisplayContext context)
    {
        while (await _timer.WaitForNextTickAsync())
            context.UpdateTarget(Draw());
    }

    /// <summary>
    /// A line in place of the display, which is redrawn below it. What stood there is erased first:
    /// the line may be shorter.
    /// </summary>
    private sealed class LineAbove(string line) : IRenderable
    {
        private const string EraseToEnd = "\u001b[0J";

        public Measurement Measure(RenderOptions options, int maxWidth) => new(line.Length, line.Length);

        public IEnumerable<Segment> Render(RenderOptions options, int maxWidth)
        {
            Segment[] erasing = options.Ansi ? [Segment.Control(EraseToEnd)] : [];
            return [.. erasing, new Segment(line), Segment.LineBreak];
        }
    }
}
