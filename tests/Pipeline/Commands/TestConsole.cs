using VisualChat.Pipeline.Commands;
using VisualChat.Pipeline.Terminal;

namespace VisualChat.Pipeline.Tests.Commands;

/// <summary>A console that keeps what a command writes.</summary>
internal sealed class TestConsole : IDisposable
{
    private readonly StringWriter _output = new() { NewLine = "\n" };
    private readonly StringWriter _error = new() { NewLine = "\n" };
    private readonly Interrupts _interrupts = new(endProgram: () => { });

    public TestConsole(string input = "") => Streams = new CommandConsole
    {
        Input = new StringReader(input),
        Output = TextWriter.Synchronized(_output),
        Error = TextWriter.Synchronized(_error),
        Interrupts = _interrupts,
    };

    public CommandConsole Streams { get; }

    public string Output => TextOf(_output, Streams.Output);

    public string Error => TextOf(_error, Streams.Error);

    public void Dispose()
    {
        _output.Dispose();
        _error.Dispose();
        _interrupts.Dispose();
    }

    // A command may be writing: a synchronized writer locks itself.
    private static string TextOf(StringWriter text, TextWriter writer)
    {
        lock (writer)
            return text.ToString();
    }
}
