namespace VisualChat.Model.Training;

/// <summary>Where a training stands, without its weights and moments.</summary>
public sealed record TrainerState
{
    /// <summary>Updates so far, skipped ones included: the schedule's place.</summary>
    public required long Updates { get; init; }

    /// <summary>Updates that changed the weights.</summary>
    public required long Steps { get; init; }

    /// <summary>The factor of losses before their gradients are taken; 1 except in fp16.</summary>
    public required double LossScale { get; init; }

    /// <summary>Updates since the scale last changed.</summary>
    public required int StepsAtScale { get; init; }
}
