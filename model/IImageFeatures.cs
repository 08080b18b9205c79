namespace VisualChat.Model;

/// <summary>
/// An image's features, computed before and kept: [P, F], as a frozen vision tower gives them to
/// the projection (<see cref="VisionEncoder"/>).
/// </summary>
public interface IImageFeatures
{
    /// <summary>
    /// Copies all numbers, in the type that the model computes in. Called by the thread that
    /// prepares micro-batches.
    /// </summary>
    /// <param name="room">As many bytes as <see cref="VisionEncoder.FeatureBytes"/>.</param>
    void CopyTo(Span<byte> room);
}
