namespace VisualChat.Model;

/// <summary>One conversation as the model takes it.</summary>
/// <param name="InputIds">Token ids; each image is one id, <see cref="ModelDescription.ImageToken"/>, in reading order.</param>
/// <param name="Labels">As many: the ids to be learned, <see cref="IgnoredLabel"/> for the others.</param>
public sealed record ModelSample(ReadOnlyMemory<int> InputIds, ReadOnlyMemory<int> Labels)
{
    /// <summary>The label of an id from which nothing is learned.</summary>
    public const int IgnoredLabel = -100;

    /// <summary>Tokens that are learned from.</summary>
    public int LabelTokens => Learned.Count();

    /// <summary>Where they are among the ids. A label of the first id does not count: nothing comes before it that could foretell it.</summary>
    internal IEnumerable<int> Learned => Enumerable.Range(0, Labels.Length).Skip(1).Where(index => Labels.Span[index] != IgnoredLabel);
}
