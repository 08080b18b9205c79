namespace VisualChat.Model.Training;

/// <summary>What came of an update.</summary>
public sealed record UpdateResult
{
    /// <summary>The sum of the labelled tokens' losses; where a loss is no number, that loss.</summary>
    public required double LossSum { get; init; }

    /// <summary>Labelled tokens. Without any there is nothing to learn, and nothing changed.</summary>
    public required long LabelTokens { get; init; }

    /// <summary>Length of the gradient of all weights together, before it was clipped; 0 where none was taken.</summary>
    public required double GradientNorm { get; init; }

    /// <summary>The rate.</summary>
    public required double LearningRate { get; init; }

    /// <summary>That of the input embeddings.</summary>
    public required double EmbeddingLearningRate { get; init; }

    /// <summary>What losses were multiplied by before their gradients were taken; 1 but in fp16.</summary>
    public required double LossScale { get; init; }

    /// <summary>Why nothing changed; null where the weights did.</summary>
    public SkipReason? Skipped { get; init; }

    /// <summary>The micro-batch whose loss is no number, from 0; null where none is.</summary>
    public int? MicroBatch { get; init; }

    /// <summary>The mean loss of a labelled token.</summary>
    public double Loss => LabelTokens == 0 ? 0 : LossSum / LabelTokens;
}
