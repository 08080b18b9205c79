namespace VisualChat.Pipeline.Training.Progress;

/// <summary>A checkpoint stands whole under its name.</summary>
/// <param name="Step">Updates done.</param>
/// <param name="Folder">Where it is.</param>
public sealed record CheckpointWritten(int Step, string Folder) : TrainingEvent;
