namespace VisualChat.Model.Training;

/// <summary>How gradients become updates.</summary>
public enum OptimizerKind
{
    /// <summary>AdamW for every weight.</summary>
    AdamW,

    /// <summary>Muon for the matrices inside tower, projection and decoder, AdamW for all else.</summary>
    Muon,
}
