using VisualChat.Model.Memory;

namespace VisualChat.Pipeline.Validation;

/// <summary>
/// What a recipe's model takes on disk and in memory, from configurations and headers of files
/// alone.
/// </summary>
internal sealed record ModelNeeds
{
    /// <summary>The type it computes in, as recipes write it.</summary>
    public required string ComputeType { get; init; }

    /// <summary>Its parts, in the order of the model.</summary>
    public required IReadOnlyList<PartNeed> Parts { get; init; }

    /// <summary>Why weights are missing: a sentence each.</summary>
    public required IReadOnlyList<string> Missing { get; init; }

    /// <summary>What it takes on each device.</summary>
    public required IReadOnlyList<DeviceNeeds> Devices { get; init; }

    /// <summary>What a training's checkpoints take; null: the recipe has no training.</summary>
    public required CheckpointNeeds? Checkpoints { get; init; }
}
