namespace VisualChat.Pipeline.Training.Progress;

/// <summary>A run's figures as a person reads them.</summary>
internal static class TrainingText
{
    public static string Loss(double nats) => double.IsFinite(nats) ? nats.ToString("F4") : "none";

    /// <summary>Three significant digits.</summary>
    public static string Small(double number) => double.IsFinite(number) ? number.ToString("G3") : "none";

    public static string Share(double share) => $"{100 * share:F1} %";

    public static string Rate(double perSecond) => perSecond.ToString(perSecond < 10 ? "N1" : "N0");

    /// <summary>A duration in its two largest units.</summary>
    public static string Time(TimeSpan time) => time switch
    {
        { TotalDays: >= 1 } => $"{time.Days} d {time.Hours} h",
        { TotalHours: >= 1 } => $"{time.Hours} h {time.Minutes} min",
        { TotalMinutes: >= 1 } => $"{time.Minutes} min {time.Seconds} s",
        _ => $"{time.Seconds} s",
    };

    /// <summary>The line of an event that deserves one of its own; null for the rest.</summary>
    public static string? LineOf(TrainingEvent happened) => happened switch
    {
        StepFigures { Skipped: { } reason } step => $"step {step.Step:N0}: skipped, {reason}",
        EvaluationFigures evaluation =>
            $"step {evaluation.Step:N0}: evaluation loss {Loss(evaluation.Loss)} "
            + $"over {evaluation.Samples:N0}{(evaluation.SamplesHeldOut is { } all ? $" of {all:N0}" : "")} samples"
            + $"{(evaluation.IsBest ? ", the best so far" : "")}",
        CheckpointWritten checkpoint => $"step {checkpoint.Step:N0}: checkpoint {checkpoint.Folder}",
        TrainingNote note => note.Text,
        _ => null,
    };
}
