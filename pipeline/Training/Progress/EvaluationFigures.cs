using System.Text.Json.Serialization;

namespace VisualChat.Pipeline.Training.Progress;

/// <summary>The loss over the validation split, or over its first samples.</summary>
internal sealed record EvaluationFigures : TrainingEvent
{
    /// <summary>Updates done; 0 before training.</summary>
    public required int Step { get; init; }

    /// <summary>Mean over the samples' labels, in nats.</summary>
    public required double Loss { get; init; }

    /// <summary>
    /// The share of labels that are the model's likeliest token, given those before them; null in a
    /// log of an earlier version.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? TokenAccuracy { get; init; }

    /// <summary>How it answered the questions put to it; null: none were.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public AnsweredQuestions? Questions { get; init; }

    /// <summary>Labels of the samples.</summary>
    public required long Labels { get; init; }

    /// <summary>Samples it is over.</summary>
    public required int Samples { get; init; }

    /// <summary>Samples of the split; null: it is over all of them.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? SamplesHeldOut { get; init; }

    /// <summary>Whether every earlier evaluation had a higher loss.</summary>
    public required bool IsBest { get; init; }
}
