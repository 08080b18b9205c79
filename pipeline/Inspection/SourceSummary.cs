namespace VisualChat.Pipeline.Inspection;

/// <summary>What one dataset's records are in a split, wherever they were blended in.</summary>
/// <param name="Name">The dataset.</param>
/// <param name="Samples">Samples with at least one of its rounds.</param>
/// <param name="Rounds">Rounds made from its records.</param>
/// <param name="Images">Images those rounds show.</param>
internal sealed record SourceSummary(string Name, int Samples, long Rounds, long Images);
