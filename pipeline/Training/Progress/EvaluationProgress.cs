namespace VisualChat.Pipeline.Training.Progress;

/// <summary>How far an evaluation is. It is shown and kept nowhere.</summary>
/// <param name="SamplesDone">Samples evaluated.</param>
/// <param name="Samples">Samples to evaluate.</param>
internal sealed record EvaluationProgress(int SamplesDone, int Samples) : TrainingEvent;
