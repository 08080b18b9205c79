namespace VisualChat.Pipeline.SampleWorld;

/// <summary>What is behind the objects.</summary>
internal enum BackdropStyle
{
    /// <summary>One tone.</summary>
    Plain,

    /// <summary>Lighter above, darker below.</summary>
    Shaded,

    /// <summary>Slanted stripes of two tones.</summary>
    Striped,

    /// <summary>A chessboard of two tones.</summary>
    Checkered,
}
