using VisualChat.Model.Training;
using VisualChat.Pipeline.Recipes.Keys;

namespace VisualChat.Pipeline.Recipes;

/// <summary>The recipe's <c>training</c>.</summary>
internal sealed record TrainingSettings
{
    [Meaning(
        "What is learned. answers: the answers, of what is shown and asked. text: all text of the conversations, " +
        "which show no images, for a decoder that starts from random weights. images: hidden parts of images, " +
        "without any text, for a vision tower that starts from random weights.")]
    [Written(When = nameof(LearnsOtherThanAnswers))]
    public LearningObjective Objective { get; init; } = LearningObjective.Answers;

    [Meaning("With objective images: the share of an image that is hidden, in square blocks drawn at random.")]
    [Range(Above = 0, To = 0.95), Written(When = nameof(LearnsImages))]
    public double HiddenShare { get; init; } = 0.5;

    [Meaning(
        "With objective images: side of a hidden block in pixels, which divides the vision tower's patch; " +
        "null: whole patches. Smaller, where what a patch holds cannot be told by its neighbours.")]
    [Range(From = 1, To = 4096), NullAllowed, Written(When = nameof(LearnsImages))]
    public int? HiddenBlock { get; init; }

    [Meaning(
        "The seed of the training alone: of what starts from random weights, and of the order of samples. " +
        "null: the recipe's seed, which decides the shards too.")]
    [NullAllowed, Written(When = nameof(HasOwnSeed))]
    public long? Seed { get; init; }

    [Meaning("Passes over the training shards.")]
    [Range(From = 1, To = 10_000)]
    public int Epochs { get; init; } = 1;

    [Meaning("Samples per update.")]
    [Range(From = 1, To = 1_000_000)]
    public int Batch { get; init; } = 128;

    [Meaning("Samples per forward pass, whatever their length; divides batch. Instead of micro_batch_positions.")]
    [Range(From = 1, To = 1_000_000), NullAllowed]
    [Decides(Outcome.Running), Written(When = nameof(IsCutBySamples))]
    public int? MicroBatch { get; init; }

    [Meaning(
        "Most positions, text and visual tokens, per forward pass: an update's samples are put together as evenly " +
        "as can be, and a longer sample is a pass of its own. auto: what the device's memory allows and gains by.")]
    [Range(From = 1, To = 100_000_000), NullAllowed]
    [Decides(Outcome.Running), Written(When = nameof(IsCutByPositions))]
    public AutoOrCount MicroBatchPositions { get; init; }

    [Meaning(
        "adamw; or muon for the matrices inside tower, projection and decoder, and adamw for the rest: " +
        "for models that start from random weights.")]
    public OptimizerKind Optimizer { get; init; } = OptimizerKind.AdamW;

    [Meaning("What adamw adds to the root of a gradient's mean square; transformers' default is 1.0e-6.")]
    [Range(Above = 0)]
    public double Epsilon { get; init; } = 1.0e-8;

    [Meaning(
        "Where epsilon is added: corrected_root, after the mean square's bias is corrected, as PyTorch does; " +
        "root, before, as the released DeepSpeed-VisualChat did.")]
    public EpsilonPlace EpsilonPlace { get; init; } = EpsilonPlace.CorrectedRoot;

    [Meaning("Peak learning rate.")]
    [Range(Above = 0)]
    public double LearningRate { get; init; } = 1.0e-3;

    [Meaning("Peak learning rate of the embeddings; null: learning_rate.")]
    [Range(Above = 0), NullAllowed]
    public double? EmbeddingLearningRate { get; init; }

    [Meaning("Peak learning rate of the vision tower and the projection; null: learning_rate.")]
    [Range(Above = 0), NullAllowed]
    public double? VisionLearningRate { get; init; }

    [Meaning(
        "How long the vision tower and the projection stay as they are: up to 1, a share of the updates; " +
        "above, a number of updates. For a decoder that starts from random weights.")]
    [Range(From = 0)]
    public ShareOrCount VisionFrozen { get; init; } = new(0);

    [Meaning("How the learning rate falls after the warm-up, by Hugging Face's names.")]
    public ScheduleKind Schedule { get; init; } = ScheduleKind.Cosine;

    [Meaning("How long the learning rate rises: up to 1, a share of the updates; above, a number of updates.")]
    [Range(From = 0)]
    public ShareOrCount Warmup { get; init; } = new(0.1);

    [Meaning("Decoupled weight decay.")]
    [Range(From = 0)]
    public double WeightDecay { get; init; }

    [Meaning("Largest global gradient norm; 0: not clipped.")]
    [Range(From = 0)]
    public double Clip { get; init; } = 1.0;

    [Meaning(
        "Recompute activations in the backward pass: less memory, about a third more time. " +
        "auto: only where memory asks for it.")]
    [Decides(Outcome.Running)]
    public AutoOrTruth GradientCheckpointing { get; init; }

    [Meaning(
        "Features of images, where the vision tower is frozen: keep computes each image's once, before the first " +
        "step, into the training's folder; a path is of a folder that encode made. Losses stay the same. " +
        "null: the tower computes them at each step.")]
    [Allowed("keep, or the path of a folder that encode made"), NullAllowed]
    [Decides(Outcome.Running), Written(When = nameof(HasFeatures))]
    public FeatureSource? Features { get; init; }

    [Meaning("When the held-out loss is measured: after every epoch, or every so many updates.")]
    [Range(From = 1, To = 1_000_000_000)]
    [Decides(Outcome.Running)]
    public EpochOrCount EvaluateEvery { get; init; }

    [Meaning("Updates between checkpoints.")]
    [Range(From = 1, To = 1_000_000_000)]
    [Decides(Outcome.Running)]
    public int CheckpointEvery { get; init; } = 500;

    [Meaning("How many of the newest checkpoints are kept, beside the best.")]
    [Range(From = 1, To = 1000)]
    [Decides(Outcome.Running)]
    public int KeepCheckpoints { get; init; } = 2;

    public bool HasOwnSeed => Seed is not null;

    public bool LearnsOtherThanAnswers => Objective != LearningObjective.Answers;

    public bool LearnsImages => Objective == LearningObjective.Images;

    /// <summary>Which of the two ways the recipe gives.</summary>
    public bool IsCutBySamples => MicroBatch is not null;

    public bool HasFeatures => Features is not null;

    public bool IsCutByPositions => !IsCutBySamples;
}
