namespace VisualChat.Pipeline.Terminal.Lines;

/// <summary>How the reading of a line ended.</summary>
internal enum LineEnd
{
    Entered,

    /// <summary>Ctrl-C at an empty line.</summary>
    GivenUp,

    /// <summary>There are no more: Ctrl-D at an empty line, or the end of the input.</summary>
    NoMore,
}
