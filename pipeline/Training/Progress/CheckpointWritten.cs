namespace VisualChat.Pipeline.Training.Progress;

/// <summary>A checkpoint is complete under its name.</summary>
/// <param name="Step">Updates done.</param>
internal sealed record CheckpointWritten(int Step, string Folder) : TrainingEvent;
