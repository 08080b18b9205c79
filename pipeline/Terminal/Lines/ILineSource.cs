namespace VisualChat.Pipeline.Terminal.Lines;

/// <summary>Where lines come from: a person at a terminal, or a file or pipe.</summary>
internal interface ILineSource
{
    /// <param name="prompt">What a person is shown before the line.</param>
    (LineEnd End, string Text) Read(string prompt);
}
