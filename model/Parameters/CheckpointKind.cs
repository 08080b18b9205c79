namespace VisualChat.Model.Parameters;

/// <summary>What a checkpoint holds of its model.</summary>
public enum CheckpointKind
{
    /// <summary>What was trained. The rest is in the folders that training began with.</summary>
    Trained,

    /// <summary>
    /// Every tensor, as an exported model does: one that it lacks is an error, not a random start.
    /// </summary>
    Whole,

    /// <summary>
    /// Every tensor, as DeepSpeed-VisualChat writes them, and others that are not needed.
    /// </summary>
    Released,
}
