namespace VisualChat.Model.Training;

/// <summary>How gradients become updates.</summary>
public enum OptimizerKind
{
    /// <summary>AdamW for every weight.</summary>
    AdamW,

    /// <summary>
    /// Muon for the matrices inside the tower, the projection and the decoder; AdamW for the rest.
    /// </summary>
    Muon,
}
