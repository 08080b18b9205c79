using System.Buffers;
using System.Text.Json;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Pages;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Training.Progress;

/// <summary>
/// <c>training.html</c>: a run's curves, evaluations and recipe as one page that needs nothing else
/// (<see cref="SelfContainedPage"/>). It is redrawn from the run's log at every checkpoint; a long
/// run's curves are thinned, so that the page stays small.
/// </summary>
/// <param name="folder">
/// The run's folder, which holds its <see cref="TrainingLog"/>: the log must be told before the
/// page is.
/// </param>
/// <param name="recipe">The resolved recipe's text.</param>
internal sealed class TrainingPage(string folder, string name, string recipe) : ITrainingWatcher
{
    private const int MostSkipsListed = 100;

    public static string PathIn(string folder) => Path.Combine(folder, "training.html");

    /// <summary>
    /// Writes the page of the run in a folder, in place of an earlier one. It appears whole.
    /// </summary>
    /// <exception cref="WorkException">The log is damaged.</exception>
    public static void Write(string folder, string name, string recipe)
    {
        TrainingHistory history = TrainingHistory.Read(TrainingLog.PathIn(folder));
        var data = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(data))
            WriteData(json, history, recipe);
        AtomicFile.Write(PathIn(folder), temporary =>
        {
            using FileStream file = File.Create(temporary);
            SelfContainedPage.Write(file, "training", name, data.WrittenSpan, hasCurves: true);
        });
    }

    public void Observe(TrainingEvent happened)
    {
        if (happened is CheckpointWritten)
            Write(folder, name, recipe);
    }

    public void Dispose()
    {
    }

    private static void WriteData(Utf8JsonWriter json, TrainingHistory history, string recipe)
    {
        int smoothedSteps = Math.Clamp(history.Steps.Count / 100, 3, 250);
        json.WriteStartObject();
        WriteFacts(json, history);
        WriteCharts(json, history.Steps, smoothedSteps);
        WriteEvaluations(json, history.Evaluations);
        WriteSkipped(json, history.Steps);
        json.WriteString("recipe", recipe);
        json.WriteEndObject();
    }

    private static void WriteCharts(Utf8JsonWriter json, IReadOnlyList<StepFigures> steps, int smoothedSteps)
    {
        var loss = Curve.Of(steps, figures => figures.LossOfLabels, smoothedSteps);
        var rate = Curve.Of(steps, figures => figures.LearningRate, null);
        var gradient = Curve.Of(steps, figures => figures.GradientNorm, smoothedSteps);
        var speed = Curve.Of(steps, figures => figures.TokensPerSecond, smoothedSteps);
        json.WriteStartArray("charts");
        WriteChart(json, "Loss", "nats a label", loss, fromZero: false);
        WriteChart(json, "Learning rate", "", rate, fromZero: true);
        WriteChart(json, "Gradient norm", "before clipping", gradient, fromZero: false);
        WriteChart(json, "Tokens a second", "visual tokens included", speed, fromZero: true);
        json.WriteEndArray();
    }

    private static void WriteEvaluations(Utf8JsonWriter json, IReadOnlyList<EvaluationFigures> evaluations)
    {
        json.WriteStartArray("evaluations");
        foreach (EvaluationFigures evaluation in evaluations)
        {
            json.WriteStartObject();
            json.WriteNumber("step", evaluation.Step);
            json.WritePropertyName("loss");
            PageNumber.Write(json, evaluation.Loss);
            json.WriteNumber("labels", evaluation.Labels);
            json.WriteNumber("samples", evaluation.Samples);
            json.WriteBoolean("best", evaluation.IsBest);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteSkipped(Utf8JsonWriter json, IReadOnlyList<StepFigures> steps)
    {
        json.WriteStartArray("skipped");
        foreach (StepFigures figures in steps.Where(figures => figures.Skipped is not null).Take(MostSkipsListed))
        {
            json.WriteStartObject();
            json.WriteNumber("step", figures.Step);
            json.WriteString("reason", figures.Skipped);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteFacts(Utf8JsonWriter json, TrainingHistory history)
    {
        IReadOnlyList<StepFigures> steps = history.Steps;
        double seconds = steps.Sum(figures => figures.Seconds);
        double divisor = Math.Max(seconds, 1e-9);
        json.WriteStartArray("facts");
        if (steps is [.., { } last])
        {
            Write("updates", $"{last.Step:N0} of {last.Steps:N0}");
            Write("epoch", $"{last.Epoch} of {last.Epochs}");
            Write("samples", $"{steps.Sum(figures => (long)figures.Samples):N0}");
            Write("images", $"{steps.Sum(figures => (long)figures.Images):N0}");
            Write("labels", $"{steps.Sum(figures => (long)figures.LabelTokens):N0}");
            Write("time in updates", TrainingText.Time(TimeSpan.FromSeconds(seconds)));
            Write("tokens a second", TrainingText.Rate(steps.Sum(figures => (long)figures.Positions) / divisor));
            Write("device waited", TrainingText.Share(steps.Sum(figures => figures.WaitSeconds) / divisor));
            Write("updates skipped", $"{steps.Count(figures => figures.Skipped is not null):N0}");
        }

        if (history.Evaluations.LastOrDefault(evaluation => evaluation.IsBest) is { } best)
            Write("best evaluation", $"{TrainingText.Loss(best.Loss)} at {best.Step:N0}");
        json.WriteEndArray();

        void Write(string name, string value) => PageFact.Write(json, name, value);
    }

    private static void WriteChart(Utf8JsonWriter json, string title, string unit, Curve curve, bool fromZero)
    {
        json.WriteStartObject();
        json.WriteString("title", title);
        json.WriteString("unit", unit);
        json.WriteBoolean("fromZero", fromZero);
        json.WriteBoolean("logarithmic", !fromZero && curve.SpansDecades());
        WriteAll("first", point => json.WriteNumberValue(point.First));
        WriteAll("last", point => json.WriteNumberValue(point.Last));
        WriteAll("low", point => PageNumber.Write(json, point.Low));
        WriteAll("high", point => PageNumber.Write(json, point.High));
        WriteAll("line", point => PageNumber.Write(json, point.Average));
        json.WriteEndObject();

        void WriteAll(string name, Action<Curve.Point> write)
        {
            json.WriteStartArray(name);
            foreach (Curve.Point point in curve.Points)
                write(point);
            json.WriteEndArray();
        }
    }
}
