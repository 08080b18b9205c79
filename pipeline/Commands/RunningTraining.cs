using VisualChat.Pipeline.Threading;
using VisualChat.Pipeline.Training;
using VisualChat.Pipeline.Training.Progress;

namespace VisualChat.Pipeline.Commands;

/// <summary>
/// A training as commands run it: its notes told, its log, events and page written, Ctrl-C a
/// checkpoint.
/// </summary>
internal static class RunningTraining
{
    /// <summary>Trains from the newest checkpoint to the end, or until it is stopped.</summary>
    /// <param name="run">The training, prepared.</param>
    /// <param name="job">What it was prepared from.</param>
    /// <param name="shown">
    /// Shows the training; gets what it did before. Told of everything after the log and the page.
    /// </param>
    /// <param name="notes">Told what a person should know before it starts.</param>
    /// <param name="cancellation">Finishes the step, writes a checkpoint and returns.</param>
    public static async Task<TrainingOutcome> RunAsync(
        TrainingRun run,
        TrainingJob job,
        Func<TrainingHistory, IReadOnlyList<ITrainingWatcher>> shown,
        TextWriter notes,
        CancellationToken cancellation)
    {
        if (run.ResumedFrom is { } checkpoint)
            await notes.WriteLineAsync($"Continuing from {checkpoint}.");
        foreach (string note in run.Notes)
            await notes.WriteLineAsync(note);
        await notes.WriteLineAsync(run.Memory);
        using TrainingWatchers watchers = WatchersOf(run, job, shown);
        using CancellationTokenRegistration stopping = cancellation.Register(() => watchers.Observe(
            new TrainingNote("Finishing the step and writing a checkpoint. Ctrl-C again ends at once.")));

        // A thread of its own: tensors live on one, and it works for hours.
        return await OwnThread.Run(() => run.Run(watchers, cancellation));
    }

    /// <summary>The log first: the page is drawn from it.</summary>
    private static TrainingWatchers WatchersOf(
        TrainingRun run, TrainingJob job, Func<TrainingHistory, IReadOnlyList<ITrainingWatcher>> shown)
    {
        string root = job.Folder.Root;
        bool isResumed = run.ResumedFrom is not null;
        TrainingLog log = isResumed ? TrainingLog.Resume(root, run.Step) : TrainingLog.Start(root);
        TensorBoardLog events = isResumed
            ? TensorBoardLog.Resume(root, run.Step, TimeProvider.System)
            : TensorBoardLog.Start(root, TimeProvider.System);
        var page = new TrainingPage(root, job.Recipe.Name, job.Recipe.ToYaml());
        return new TrainingWatchers([log, page, events, .. shown(log.History)]);
    }
}
