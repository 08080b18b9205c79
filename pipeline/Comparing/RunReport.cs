using VisualChat.Pipeline.Scoring;
using VisualChat.Pipeline.Training.Progress;

namespace VisualChat.Pipeline.Comparing;

/// <summary>All that is known of a run.</summary>
/// <param name="Run">The run.</param>
/// <param name="Result">Null: it is not finished.</param>
/// <param name="Points">Its evaluations so far.</param>
/// <param name="Problem">
/// Why it failed in this command; null: it did not. The next command tries it again.
/// </param>
internal sealed record RunReport(ComparedRun Run, RunResult? Result, IReadOnlyList<RunPoint> Points, string? Problem)
{
    /// <summary>Whether it was trained to its end.</summary>
    public bool IsTrained => Result is { Diverged: null };

    /// <summary>How it ended, in a word.</summary>
    public string Ending => this switch
    {
        { IsTrained: true } => "done",
        { Result: not null } => "diverged",
        { Problem: not null } => "failed",
        { Points.Count: > 0 } => "unfinished",
        _ => "not begun",
    };

    /// <summary>What a person should know of it; empty: nothing.</summary>
    public string Note => Result?.Diverged ?? Problem ?? "";

    /// <summary>Its last evaluation, once it is trained to its end.</summary>
    public RunPoint? Final => IsTrained && Points is [.., var last] ? last : null;

    /// <summary>
    /// The share of all held-out questions that it answers right at its end; NaN: none were asked.
    /// </summary>
    public double RightShare => ShareOf(_ => true);

    /// <summary>Reads what a run has left.</summary>
    /// <exception cref="Errors.WorkException">Its log or result is damaged.</exception>
    public static RunReport Of(ComparedRun run, string? problem)
    {
        var history = TrainingHistory.Read(TrainingLog.PathIn(run.Folder.Root));
        return new RunReport(run, RunResult.ReadFrom(run.Folder), RunPoint.Of(history), problem);
    }

    /// <summary>The share of right answers to some questions; NaN if there are none.</summary>
    public double ShareOf(Func<HeldOutQuestion, bool> isAsked)
    {
        HeldOutQuestion[] asked = [.. (Result?.Questions ?? []).Where(isAsked)];
        return asked.Length == 0 ? double.NaN : (double)asked.Count(question => question.IsRight) / asked.Length;
    }
}
