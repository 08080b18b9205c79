namespace VisualChat.Pipeline.Terminal.Lines;

/// <summary>How the reading of a line ended.</summary>
internal enum LineEnd
{
    /// <summary>It was entered.</summary>
    Entered,

    /// <summary>It was given up with Ctrl-C.</summary>
    GivenUp,

    /// <summary>There are no more: Ctrl-D at an empty line, or the end of the input.</summary>
    NoMore,
}
