namespace VisualChat.Model;

/// <summary>One conversation as the model takes it.</summary>
/// <param name="InputIds">Token ids; each image is one id, <see cref="ModelDescription.ImageToken"/>, in reading order.</param>
/// <param name="Labels">As many: the ids to be learned, <see cref="IgnoredLabel"/> for the others.</param>
public sealed record ModelSample(ReadOnlyMemory<int> InputIds, ReadOnlyMemory<int> Labels)
{
    /// <summary>The label of an id from which nothing is learned.</summary>
    public const int IgnoredLabel = -100;
}
