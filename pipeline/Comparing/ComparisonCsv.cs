using CsvHelper;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Comparing;

/// <summary>
/// <c>compare.csv</c>: a row for every evaluation of every run, in the plan's order, and one for a
/// run without any. A figure's mean and deviation are over the seeds that have an evaluation after
/// the same number of samples; columns of held-out answers are there only where such questions are.
/// An empty cell is a figure that there is not.
/// </summary>
internal static class ComparisonCsv
{
    public static string PathIn(string folder) => Path.Combine(folder, "compare.csv");

    public static void Write(ComparisonReport report, string folder) =>
        AtomicFile.Write(PathIn(folder), temporary => WriteRows(report, temporary));

    private static void WriteRows(ComparisonReport report, string path)
    {
        using CsvWriter writer = CsvWriter.ToFile(path);
        string[] heading =
        [
            "variant",
            .. report.Plan.Keys.Select(key => key.Key),
            "seed",
            "step",
            "samples",
            "evaluation_loss",
            "evaluation_loss_mean",
            "evaluation_loss_deviation",
            "token_accuracy",
            "token_accuracy_mean",
            "token_accuracy_deviation",
            .. report.HasAnswers
                ? ["questions", "right_answers", "right_share", "right_share_mean", "right_share_deviation"]
                : Array.Empty<string>(),
            "seeds",
            "train_seconds",
            "trained_numbers",
            "peak_memory_bytes",
            "ending",
            "note",
        ];
        writer.WriteRecord(heading);
        foreach (Variant variant in report.Plan.Variants)
        {
            var same = report.Points(variant).ToDictionary(points => points.Key, points => points.ToArray());
            foreach (RunReport run in report.Of(variant))
            {
                foreach (RunPoint point in run.Points)
                    writer.WriteRecord(Row(report, run, point, same[point.Samples]));
                if (run.Points.Count == 0)
                    writer.WriteRecord(Row(report, run, null, []));
            }
        }
    }

    /// <param name="point">Null: a run without evaluations.</param>
    /// <param name="same">Those of all seeds after the same number of samples.</param>
    private static string[] Row(ComparisonReport report, RunReport run, RunPoint? point, RunPoint[] same)
    {
        return
        [
            run.Run.Variant.Label,
            .. run.Run.Variant.Values,
            $"{run.Run.Seed}",
            $"{point?.Step}",
            $"{point?.Samples}",
            .. WithSpread(value => value.Loss),
            .. WithSpread(value => value.TokenAccuracy),
            .. report.HasAnswers
                ? [$"{point?.Answers?.Asked}", $"{point?.Answers?.Right}", .. WithSpread(value => value.RightShare)]
                : Array.Empty<string>(),
            $"{same.Length}",
            Number(point?.Seconds),
            $"{run.Result?.TrainedNumbers}",
            $"{run.Result?.PeakMemoryBytes}",
            run.Ending,
            run.Note,
        ];

        string[] WithSpread(Func<RunPoint, double> figure)
        {
            var spread = Spread.Of(same.Select(figure));
            return [Number(point is null ? null : figure(point)), Number(spread.Mean), Number(spread.Deviation)];
        }
    }

    private static string Number(double? number) =>
        number is { } value && double.IsFinite(value) ? value.ToString("G9") : "";
}
