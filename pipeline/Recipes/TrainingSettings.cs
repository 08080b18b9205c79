namespace VisualChat.Pipeline.Recipes;

/// <summary>The recipe's <c>training</c>.</summary>
public sealed record TrainingSettings
{
    /// <summary>The value of <see cref="EvaluateEvery"/> that means after each epoch.</summary>
    public const string EveryEpoch = "epoch";

    /// <summary>Passes over the training shards.</summary>
    public int Epochs { get; init; } = 1;

    /// <summary>Samples per update.</summary>
    public int Batch { get; init; } = 128;

    /// <summary>Samples per forward pass.</summary>
    public int MicroBatch { get; init; } = 1;

    /// <summary><c>adamw</c>, or <c>muon</c>.</summary>
    public string Optimizer { get; init; } = "adamw";

    /// <summary>Peak learning rate.</summary>
    public double LearningRate { get; init; } = 1.0e-3;

    /// <summary>Peak learning rate of the embeddings; null: <see cref="LearningRate"/>.</summary>
    public double? EmbeddingLearningRate { get; init; }

    /// <summary>Peak learning rate of the vision tower and the projection; null: <see cref="LearningRate"/>.</summary>
    public double? VisionLearningRate { get; init; }

    /// <summary>At most 1: a share of the updates; else a number of updates: for so long the vision tower and the projection stay as they are.</summary>
    public double VisionFrozen { get; init; }

    /// <summary>Hugging Face's schedule names: <c>linear</c>, <c>cosine</c>, <c>cosine_with_restarts</c>, <c>polynomial</c>, <c>constant</c>, <c>constant_with_warmup</c>.</summary>
    public string Schedule { get; init; } = "cosine";

    /// <summary>At most 1: a share of the updates; else a number of updates.</summary>
    public double Warmup { get; init; } = 0.1;

    /// <summary>AdamW's decoupled weight decay.</summary>
    public double WeightDecay { get; init; }

    /// <summary>Largest global gradient norm; 0: not clipped.</summary>
    public double Clip { get; init; } = 1.0;

    /// <summary>Recompute activations in the backward pass.</summary>
    public bool GradientCheckpointing { get; init; }

    /// <summary><c>epoch</c>, or a number of updates.</summary>
    public string EvaluateEvery { get; init; } = EveryEpoch;

    /// <summary>Updates between checkpoints.</summary>
    public int CheckpointEvery { get; init; } = 500;

    /// <summary>How many of the newest checkpoints are kept, beside the best.</summary>
    public int KeepCheckpoints { get; init; } = 2;
}
