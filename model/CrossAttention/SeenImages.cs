namespace VisualChat.Model.CrossAttention;

/// <summary>Which images a position looks at through a gated layer.</summary>
public enum SeenImages
{
    /// <summary>All images up to it.</summary>
    All,

    /// <summary>The last image up to it.</summary>
    Immediate,
}
