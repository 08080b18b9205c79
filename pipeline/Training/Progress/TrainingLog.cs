using System.Text;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Training.Progress;

/// <summary>
/// <c>training.jsonl</c>, which outlives the process: a line for every update and evaluation,
/// written before the next begins. A run that resumes from a checkpoint first cuts the log back to
/// it, so that an interrupted run leaves the same lines as an uninterrupted one, except for times.
/// Checkpoints and notes are not in it: an interruption adds some of its own.
/// </summary>
internal sealed class TrainingLog : ITrainingWatcher
{
    private readonly FileStream _file;
    private int _lastEvaluation;

    private TrainingLog(string path, TrainingHistory history)
    {
        History = history;
        _lastEvaluation = history.Evaluations is [.., { } last] ? last.Step : -1;
        _file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
    }

    /// <summary>What the log held when it was opened.</summary>
    public TrainingHistory History { get; }

    /// <summary>The log of the run in a folder.</summary>
    public static string PathIn(string folder) => Path.Combine(folder, "training.jsonl");

    /// <summary>Begins a log, in place of an earlier one.</summary>
    public static TrainingLog Start(string folder)
    {
        File.Delete(PathIn(folder));
        return new TrainingLog(PathIn(folder), TrainingHistory.Empty);
    }

    /// <summary>Continues a log.</summary>
    /// <param name="step">
    /// The checkpoint that the run resumes from: later lines are cut off.
    /// </param>
    /// <exception cref="WorkException">A line of the log is damaged.</exception>
    public static TrainingLog Resume(string folder, int step)
    {
        TrainingHistory whole = TrainingHistory.Read(PathIn(folder));
        var kept = new TrainingHistory(
            [.. whole.Steps.Where(figures => figures.Step <= step)],
            [.. whole.Evaluations.Where(figures => figures.Step <= step)]);

        // An evaluation follows the update that it judges.
        IEnumerable<TrainingEvent> events = kept.Steps.Select(figures => (figures.Step, Event: (TrainingEvent)figures))
            .Concat(kept.Evaluations.Select(figures => (figures.Step, Event: (TrainingEvent)figures)))
            .OrderBy(item => item.Step)
            .Select(item => item.Event);
        IEnumerable<string> lines = events.Select(TrainingEventJson.Write);
        AtomicFile.Write(PathIn(folder), temporary => File.WriteAllLines(temporary, lines));
        return new TrainingLog(PathIn(folder), kept);
    }

    public void Observe(TrainingEvent happened)
    {
        switch (happened)
        {
            case StepFigures:
                break;

            // A run killed after a checkpoint's evaluation repeats it when it resumes.
            case EvaluationFigures evaluation when evaluation.Step > _lastEvaluation:
                _lastEvaluation = evaluation.Step;
                break;
            default:
                return;
        }

        _file.Write(Encoding.UTF8.GetBytes(TrainingEventJson.Write(happened) + "\n"));
    }

    public void Dispose() => _file.Dispose();
}
