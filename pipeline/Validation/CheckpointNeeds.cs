namespace VisualChat.Pipeline.Validation;

/// <summary>What a training's checkpoints take on disk.</summary>
/// <param name="Bytes">One to continue from.</param>
/// <param name="BestBytes">The best, which has weights alone.</param>
/// <param name="Kept">How many to continue from are kept.</param>
/// <param name="FreeBytes">What is free where they are written; null: not known.</param>
internal sealed record CheckpointNeeds(long Bytes, long BestBytes, int Kept, long? FreeBytes)
{
    /// <summary>All of them, and one that is written before the oldest goes.</summary>
    public long MostBytes => ((Kept + 1) * Bytes) + BestBytes;

    /// <summary>Whether so much is free; null: it is not known.</summary>
    public bool? Fits => FreeBytes is null ? null : MostBytes <= FreeBytes;
}
