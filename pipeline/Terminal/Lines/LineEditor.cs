namespace VisualChat.Pipeline.Terminal.Lines;

/// <summary>
/// Reads a line that a person types, with the keys of a shell: moving by character and word,
/// history, completion, paste of several lines. Long lines are broken over rows.
/// </summary>
/// <param name="open">Takes the terminal for one line.</param>
/// <param name="complete">How a text could continue at its end, which is the cursor.</param>
internal sealed class LineEditor(Func<ITerminal> open, Func<string, LineCompletion> complete) : ILineSource
{
    private readonly List<string> _history = [];

    public (LineEnd End, string Text) Read(string prompt)
    {
        ITerminal terminal = open();
        try
        {
            terminal.Write("\e[?2004h");
            (LineEnd end, string text) = new LineReading(terminal, prompt, complete, _history).Read();
            if (text.Trim().Length > 0 && (_history.Count == 0 || _history[^1] != text))
                _history.Add(text);
            return (end, text);
        }
        finally
        {
            terminal.Write("\e[?2004l");
            (terminal as IDisposable)?.Dispose();
        }
    }
}
