namespace VisualChat.Pipeline.SampleWorld;

/// <summary>
/// The color of an object: eight that a person names without hesitation, on every backdrop.
/// </summary>
public enum ObjectColor
{
    /// <summary>Red.</summary>
    Red,

    /// <summary>Green.</summary>
    Green,

    /// <summary>Blue.</summary>
    Blue,

    /// <summary>Yellow.</summary>
    Yellow,

    /// <summary>Orange.</summary>
    Orange,

    /// <summary>Purple.</summary>
    Purple,

    /// <summary>Black.</summary>
    Black,

    /// <summary>White.</summary>
    White,
}
