using System.Text.Json.Serialization;

namespace VisualChat.Pipeline.Training.Progress;

/// <summary>
/// Something that happened in a training run. In JSON the key <c>kind</c> says what.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(StepFigures), "step")]
[JsonDerivedType(typeof(EvaluationFigures), "evaluation")]
[JsonDerivedType(typeof(EvaluationProgress), "evaluating")]
[JsonDerivedType(typeof(CheckpointWritten), "checkpoint")]
[JsonDerivedType(typeof(TrainingNote), "note")]
internal abstract record TrainingEvent;
