namespace VisualChat.Pipeline.Terminal.Lines;

/// <summary>
/// Lines of a file or a pipe, or of a terminal without control sequences. Nothing is shown.
/// </summary>
internal sealed class PlainLines(TextReader input) : ILineSource
{
    public (LineEnd End, string Text) Read(string prompt) =>
        input.ReadLine() is { } line ? (LineEnd.Entered, line) : (LineEnd.NoMore, "");
}
