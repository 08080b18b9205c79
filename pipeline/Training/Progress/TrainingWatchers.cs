namespace VisualChat.Pipeline.Training.Progress;

/// <summary>Several watchers as one.</summary>
public sealed class TrainingWatchers(IReadOnlyList<ITrainingWatcher> watchers) : ITrainingWatcher
{
    /// <inheritdoc/>
    public void Observe(TrainingEvent happened)
    {
        foreach (ITrainingWatcher watcher in watchers)
            watcher.Observe(happened);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (ITrainingWatcher watcher in watchers)
            watcher.Dispose();
    }
}
