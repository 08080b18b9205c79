namespace VisualChat.Pipeline.Inspection;

/// <summary>What one recipe entry put into a split.</summary>
/// <param name="Name">The entry.</param>
/// <param name="Samples">Its samples.</param>
/// <param name="Rounds">Their rounds.</param>
/// <param name="Images">Their images.</param>
/// <param name="SequenceTokens">Their lengths.</param>
internal sealed record DatasetSummary(
    string Name, int Samples, long Rounds, long Images, TokenPercentiles SequenceTokens);
