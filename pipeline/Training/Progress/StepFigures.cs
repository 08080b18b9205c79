namespace VisualChat.Pipeline.Training.Progress;

/// <summary>One update: what it learned from, what came of it, and how long it took.</summary>
public sealed record StepFigures : TrainingEvent
{
    /// <summary>Updates done, this one included.</summary>
    public required int Step { get; init; }

    /// <summary>Updates of the whole run.</summary>
    public required int Steps { get; init; }

    /// <summary>The pass over the shards, from 1.</summary>
    public required int Epoch { get; init; }

    /// <summary>Passes of the whole run.</summary>
    public required int Epochs { get; init; }

    /// <summary>Mean over the update's labels, in nats; NaN where there is none.</summary>
    public required double Loss { get; init; }

    /// <summary>The rate of the projection and whatever else is trained but the embeddings.</summary>
    public required double LearningRate { get; init; }

    /// <summary>The gradients' norm before clipping; NaN where there is none.</summary>
    public required double GradientNorm { get; init; }

    /// <summary>Samples of the update.</summary>
    public required int Samples { get; init; }

    /// <summary>Images of the update.</summary>
    public required int Images { get; init; }

    /// <summary>Labels of the update: tokens learned from.</summary>
    public required int LabelTokens { get; init; }

    /// <summary>Positions of the update in the decoder, text and visual tokens.</summary>
    public required int Positions { get; init; }

    /// <summary>How long the update took, waiting for data included.</summary>
    public required double Seconds { get; init; }

    /// <summary>How long of that the device waited for data.</summary>
    public required double WaitSeconds { get; init; }

    /// <summary>Why the update changed nothing; null if it was made.</summary>
    public string? Skipped { get; init; }

    /// <summary>What fp16 losses are multiplied by; null for the other types.</summary>
    public double? LossScale { get; init; }
}
