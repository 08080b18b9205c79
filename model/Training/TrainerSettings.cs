namespace VisualChat.Model.Training;

/// <summary>How a model learns.</summary>
public sealed record TrainerSettings
{
    /// <summary>How gradients become updates.</summary>
    public OptimizerKind Optimizer { get; init; }

    /// <summary>What AdamW adds to the root of the second moment.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Where it is added.</summary>
    public EpsilonPlace EpsilonPlace { get; init; }

    /// <summary>The peak learning rate.</summary>
    public required double LearningRate { get; init; }

    /// <summary>The peak rate of the input embeddings; null: the same.</summary>
    public double? EmbeddingLearningRate { get; init; }

    /// <summary>The peak rate of the vision tower and the projection; null: the same.</summary>
    public double? VisionLearningRate { get; init; }

    /// <summary>Updates for which the vision tower and the projection do not change.</summary>
    /// <remarks>
    /// A decoder that starts at random first learns its language. Meanwhile the images' gradient is
    /// one direction for all of them, and a tower that learns too turns into a constant, so that no
    /// answer ever depends on an image. (Seen: 99.7 % of its features' mean square was constant
    /// after 14,000 samples.)
    /// </remarks>
    public long VisionFrozenUpdates { get; init; }

    /// <summary>The rates' curve after warm-up.</summary>
    public required ScheduleKind Schedule { get; init; }

    /// <summary>All updates of the training.</summary>
    public required long Updates { get; init; }

    /// <summary>Updates of warm-up. The first of them has a rate of 0.</summary>
    public long WarmupUpdates { get; init; }

    /// <summary>
    /// The share of itself that a matrix loses in an update, times the rate. Biases, norms and
    /// embeddings do not decay.
    /// </summary>
    public double WeightDecay { get; init; }

    /// <summary>
    /// The longest that the gradient of all weights together may be; 0: not limited.
    /// </summary>
    public double Clip { get; init; }

    /// <summary>
    /// Whether the decoder's layers keep only their inputs and recompute the rest for their
    /// gradients.
    /// </summary>
    public bool ActivationCheckpointing { get; init; }
}
