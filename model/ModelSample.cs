namespace VisualChat.Model;

/// <summary>One conversation as the model takes it.</summary>
/// <param name="InputIds">
/// Token ids in reading order. Each image is one id, <see cref="ModelDescription.ImageToken"/>.
/// </param>
/// <param name="Labels">
/// For each id, the id to learn, or <see cref="IgnoredLabel"/>.
/// </param>
public sealed record ModelSample(ReadOnlyMemory<int> InputIds, ReadOnlyMemory<int> Labels)
{
    /// <summary>The label of an id that is not learned.</summary>
    public const int IgnoredLabel = -100;

    /// <summary>Tokens that are learned.</summary>
    public int LabelTokens => LabelledIndexes.Count();

    /// <summary>
    /// Where they are among the ids. The first token of a sample is never a target: nothing
    /// precedes it.
    /// </summary>
    internal IEnumerable<int> LabelledIndexes =>
        Enumerable.Range(0, Labels.Length).Skip(1).Where(index => Labels.Span[index] != IgnoredLabel);
}
