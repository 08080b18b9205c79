namespace VisualChat.Pipeline.SampleWorld;

/// <summary>The size of an object: about twice as wide or half as wide as the other, nothing in between.</summary>
public enum ObjectSize
{
    /// <summary>Some 0.4 of a cell wide.</summary>
    Small,

    /// <summary>Some 0.8 of a cell wide.</summary>
    Large,
}
