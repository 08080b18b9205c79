namespace VisualChat.Pipeline.Training.Progress;

/// <summary>One update: what it learned from, what came of it, and how long it took.</summary>
internal sealed record StepFigures : TrainingEvent
{
    /// <summary>Updates done, this one included.</summary>
    public required int Step { get; init; }

    /// <summary>Updates of the whole run.</summary>
    public required int Steps { get; init; }

    /// <summary>The pass over the shards, from 1.</summary>
    public required int Epoch { get; init; }

    /// <summary>Passes of the whole run.</summary>
    public required int Epochs { get; init; }

    /// <summary>Mean over the update's labels, in nats; NaN without any.</summary>
    public required double Loss { get; init; }

    /// <summary>The rate of all that is trained except the embeddings.</summary>
    public required double LearningRate { get; init; }

    /// <summary>The gradients' norm before clipping; NaN if there was no gradient.</summary>
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

    /// <summary>Why the update was skipped; null if it was not.</summary>
    public string? Skipped { get; init; }

    /// <summary>The factor on fp16 losses; null for the other types.</summary>
    public double? LossScale { get; init; }

    /// <summary>The loss; NaN if the update was skipped or had no label.</summary>
    internal double LossOfLabels => Skipped is null && LabelTokens > 0 ? Loss : double.NaN;

    internal double TokensPerSecond => Seconds > 0 ? Positions / Seconds : double.NaN;
}
