namespace VisualChat.Model.Memory;

/// <summary>What a device must hold at once, in bytes.</summary>
/// <param name="Frozen">Weights that are not trained, but for those mapped from files.</param>
/// <param name="Trained">Trained weights, their gradients and moments.</param>
/// <param name="Kept">What a pass keeps for its backward pass.</param>
/// <param name="Temporary">The most that is made and freed beside it.</param>
public sealed record MemoryNeed(long Frozen, long Trained, long Kept, long Temporary)
{
    /// <summary>All of it.</summary>
    public long Total => Frozen + Trained + Kept + Temporary;
}
