namespace VisualChat.Pipeline.Training.Progress;

/// <summary>Takes in what happens in a training run, in order and from one thread. Disposing it ends what it shows or writes.</summary>
public interface ITrainingWatcher : IDisposable
{
    /// <summary>Takes in what happened.</summary>
    void Observe(TrainingEvent happened);
}
