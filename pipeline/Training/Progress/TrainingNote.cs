namespace VisualChat.Pipeline.Training.Progress;

/// <summary>Something a person at the screen should know.</summary>
/// <param name="Text">One line.</param>
internal sealed record TrainingNote(string Text) : TrainingEvent;
