namespace VisualChat.Pipeline.Training.Progress;

/// <summary>
/// Is told what happens in a training run: in order and from one thread, except for notes, which
/// may come from any thread. Disposing it ends what it shows or writes.
/// </summary>
internal interface ITrainingWatcher : IDisposable
{
    void Observe(TrainingEvent happened);
}
