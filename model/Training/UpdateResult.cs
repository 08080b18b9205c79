namespace VisualChat.Model.Training;

/// <summary>The outcome of an update.</summary>
public sealed record UpdateResult
{
    /// <summary>
    /// The sum of the labelled tokens' losses in nats. If a loss is not finite, neither is this.
    /// </summary>
    public required double LossSum { get; init; }

    /// <summary>
    /// Labelled tokens. Without any there is nothing to learn, and nothing changed.
    /// </summary>
    public required long LabelTokens { get; init; }

    /// <summary>
    /// Length of the gradient of all weights together, before clipping; 0 if none was taken.
    /// </summary>
    public required double GradientNorm { get; init; }

    /// <summary>The learning rate.</summary>
    public required double LearningRate { get; init; }

    /// <summary>The rate of the input embeddings.</summary>
    public required double EmbeddingLearningRate { get; init; }

    /// <summary>The factor of losses before their gradients were taken; 1 except in fp16.</summary>
    public required double LossScale { get; init; }

    /// <summary>Why nothing changed; null if the weights did.</summary>
    public SkipReason? Skipped { get; init; }

    /// <summary>The micro-batch whose loss is not finite, from 0; null if all are finite.</summary>
    public int? MicroBatch { get; init; }

    /// <summary>The mean loss of a labelled token, in nats.</summary>
    public double Loss => LabelTokens == 0 ? 0 : LossSum / LabelTokens;
}
