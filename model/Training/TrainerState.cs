namespace VisualChat.Model.Training;

/// <summary>Where a training stands, but for its weights and moments.</summary>
public sealed record TrainerState
{
    /// <summary>Updates offered, those included that were skipped: the schedule's place.</summary>
    public required long Updates { get; init; }

    /// <summary>Updates that changed the weights.</summary>
    public required long Steps { get; init; }

    /// <summary>What losses are multiplied by before their gradients are taken; 1 but in fp16.</summary>
    public required double LossScale { get; init; }

    /// <summary>Updates since the scale last changed.</summary>
    public required int StepsAtScale { get; init; }
}
