namespace VisualChat.Pipeline.Training;

/// <summary>How a training ended.</summary>
/// <param name="Step">Updates done.</param>
/// <param name="Steps">Updates of the whole training.</param>
/// <param name="Checkpoint">The newest checkpoint's folder.</param>
/// <param name="Best">
/// The best checkpoint's folder; null if nothing is held out to measure it by.
/// </param>
/// <param name="BestLoss">Its evaluation loss.</param>
internal sealed record TrainingOutcome(int Step, int Steps, string Checkpoint, string? Best, double? BestLoss)
{
    /// <summary>What the model's folders hold that was not used, a sentence each.</summary>
    public IReadOnlyList<string> PassedOver { get; init; } = [];

    /// <summary>Whether it was stopped before its end.</summary>
    public bool IsInterrupted => Step < Steps;
}
