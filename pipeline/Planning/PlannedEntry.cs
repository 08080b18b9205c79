namespace VisualChat.Pipeline.Planning;

/// <summary>What was planned from one recipe entry.</summary>
/// <param name="Name">The entry's name.</param>
/// <param name="Conversations">Conversations it could draw from.</param>
/// <param name="TrainSamples">Samples in training.</param>
/// <param name="ValidationSamples">Samples held out.</param>
/// <param name="ImageReferences">Images those samples show, counted every time.</param>
/// <param name="DistinctImages">Images those samples show, each counted once.</param>
internal sealed record PlannedEntry(
    string Name,
    int Conversations,
    int TrainSamples,
    int ValidationSamples,
    long ImageReferences,
    int DistinctImages);
