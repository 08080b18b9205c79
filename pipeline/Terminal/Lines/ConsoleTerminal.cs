namespace VisualChat.Pipeline.Terminal.Lines;

/// <summary>
/// The process's terminal. While there is one of these, Ctrl-C is a key; afterwards it is a signal
/// again.
/// </summary>
internal sealed class ConsoleTerminal : ITerminal, IDisposable
{
    private readonly TextWriter _screen;

    /// <param name="screen">Standard output or error, whichever is the terminal.</param>
    public ConsoleTerminal(TextWriter screen)
    {
        _screen = PrintableWriter.Under(screen);
        Console.TreatControlCAsInput = true;
    }

    public int Columns => Math.Max(20, Console.WindowWidth);

    public bool HasKey => Console.KeyAvailable;

    public ConsoleKeyInfo ReadKey() => Console.ReadKey(intercept: true);

    public void Write(string text)
    {
        _screen.Write(text);
        _screen.Flush();
    }

    public void Dispose() => Console.TreatControlCAsInput = false;
}
