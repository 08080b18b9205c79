namespace VisualChat.Model.Memory;

/// <summary>What trained weights take, in bytes.</summary>
/// <param name="Weights">The weights, in float32 at least.</param>
/// <param name="Gradients">Their gradients, of each replica.</param>
/// <param name="Moments">What the optimizer keeps of each.</param>
public sealed record TrainedNeed(long Weights, long Gradients, long Moments)
{
    /// <summary>All of it.</summary>
    public long Total => Weights + Gradients + Moments;

    /// <summary>A checkpoint to continue from, about: weights and moments.</summary>
    public long CheckpointBytes => Weights + Moments;
}
