namespace VisualChat.Model.Memory;

/// <summary>What a device must hold at once, in bytes.</summary>
/// <param name="Frozen">Weights that are not trained, but for those mapped from files.</param>
/// <param name="Trained">
/// Trained weights, and in a training their gradients and moments.
/// </param>
/// <param name="Kept">
/// What a pass keeps for its backward pass; in generation, keys and values of conversations.
/// </param>
/// <param name="Temporary">The most that is made and freed beside it.</param>
public sealed record MemoryNeed(long Frozen, long Trained, long Kept, long Temporary)
{
    /// <summary>All of it.</summary>
    public long Total => Frozen + Trained + Kept + Temporary;

    /// <summary>
    /// Weights that are read where their files are mapped. The system may give their memory away
    /// and read them again, so they are not in <see cref="Total"/>.
    /// </summary>
    public long Mapped { get; init; }
}
