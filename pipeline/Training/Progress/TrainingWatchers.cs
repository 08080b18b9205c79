namespace VisualChat.Pipeline.Training.Progress;

/// <summary>Several watchers as one; each is told in the order of the list.</summary>
internal sealed class TrainingWatchers(IReadOnlyList<ITrainingWatcher> watchers) : ITrainingWatcher
{
    public void Observe(TrainingEvent happened)
    {
        foreach (ITrainingWatcher watcher in watchers)
            watcher.Observe(happened);
    }

    public void Dispose()
    {
        foreach (ITrainingWatcher watcher in watchers)
            watcher.Dispose();
    }
}
