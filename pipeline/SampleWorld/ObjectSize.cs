namespace VisualChat.Pipeline.SampleWorld;

/// <summary>
/// The size of an object: one is twice as wide as the other, and nothing is in between.
/// </summary>
internal enum ObjectSize
{
    /// <summary>Some 0.36 of a cell wide.</summary>
    Small,

    /// <summary>Some 0.72 of a cell wide.</summary>
    Large,
}
