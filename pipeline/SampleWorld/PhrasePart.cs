namespace VisualChat.Pipeline.SampleWorld;

/// <summary>
/// A part of an <see cref="ObjectPhrase"/>, to say which one a question must not give away.
/// </summary>
internal enum PhrasePart
{
    /// <summary>The size.</summary>
    Size,

    /// <summary>The color.</summary>
    Color,

    /// <summary>The shape.</summary>
    Shape,

    /// <summary>The place in the picture.</summary>
    Cell,
}
