namespace VisualChat.Pipeline.Training.Progress;

/// <summary>The loss over the validation split.</summary>
internal sealed record EvaluationFigures : TrainingEvent
{
    /// <summary>Updates done; 0 before training.</summary>
    public required int Step { get; init; }

    /// <summary>Mean over the split's labels, in nats.</summary>
    public required double Loss { get; init; }

    /// <summary>Labels of the split.</summary>
    public required long Labels { get; init; }

    /// <summary>Samples of the split.</summary>
    public required int Samples { get; init; }

    /// <summary>Whether every earlier evaluation had a higher loss.</summary>
    public required bool IsBest { get; init; }
}
