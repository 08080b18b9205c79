namespace VisualChat.Pipeline.Training.Progress;

/// <summary>How far an evaluation is: for displays, kept nowhere.</summary>
/// <param name="SamplesDone">Samples evaluated.</param>
/// <param name="Samples">Samples of the split.</param>
public sealed record EvaluationProgress(int SamplesDone, int Samples) : TrainingEvent;
